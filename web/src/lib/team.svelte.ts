/** Whether who is signed in is of the brand's team: then the navigation leads to the desk. Asked once for each user. */

import { desk } from "./api";
import { sessions } from "./session.svelte";

class Team {
  is = $state(false);
  #whose = "";

  /** Called by the shell, whenever somebody else may be signed in. */
  async ask(): Promise<void> {
    const user = sessions.now?.user ?? "";
    if (user === this.#whose) return;
    this.#whose = user;
    const answer = user ? await desk<{ roles: string[] }>("GET", "/account/v1/me") : null;
    if (this.#whose === user) this.is = answer?.ok === true && answer.data.roles.length > 0;
  }
}

export const team = new Team();
