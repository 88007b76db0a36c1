/** What a demo gives to who has nothing: asked for when somebody is found to have nothing, and once for each user. DM-3. */

import type { components } from "../generated/account";
import { desk, type Answer } from "./api";
import { shownText } from "./money";
import { sessions } from "./session.svelte";
import { texts } from "./texts.svelte";

type Told = components["schemas"]["DemoFunds"];
const PATH = "/account/v1/demo-funds";

class DemoFunds {
  #told = $state.raw<Told | null>(null);
  #whose = "";

  /** "0.1 BTC and 10,000 USDT"; empty where there is nothing to receive. */
  get offered(): string {
    if (this.#told === null || this.#told.received) return "";
    const amounts = this.#told.amounts.map((one) => `${shownText(one.amount, texts.language)} ${one.ccy}`);
    return new Intl.ListFormat(texts.language).format(amounts);
  }

  async ask(): Promise<void> {
    const user = sessions.now?.user ?? "";
    if (user === this.#whose) return;
    this.#whose = user;
    this.#told = null;
    const answer = await desk<Told>("GET", PATH);
    if (user !== this.#whose) return;
    if (answer.ok) this.#told = answer.data;
    else this.#whose = ""; // asked again by the next page that finds nothing
  }

  async receive(): Promise<Answer<Told>> {
    const answer = await desk<Told>("POST", PATH, {});
    if (answer.ok) this.#told = answer.data;
    else if (answer.problem.code === "already_received" && this.#told) this.#told = { ...this.#told, received: true };
    return answer;
  }
}

export const demoFunds = new DemoFunds();
