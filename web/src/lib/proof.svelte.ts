/**
 * What asks for a second factor that was shown lately: it is asked for in a dialog (parts/Proof.svelte), then once more.
 * Whoever shows the dialog on a page calls `act` instead of `desk` for what changes something.
 */

import { desk, type Answer, type Problem } from "./api";
import { assertion } from "./passkey";

export interface Begun {
  begun: string;
  /** totp, passkey, recovery_code; "password" for who has set up none. */
  factors: string[];
  passkey: object | null;
}
export interface Shown {
  code?: string;
  recovery_code?: string;
  password?: string;
  passkey?: object;
}

class Proof {
  /** What can be shown, while the dialog asks for it. */
  begun = $state.raw<Begun | null>(null);
  problem = $state.raw<Problem | null>(null);
  #done: ((isShown: boolean) => void) | null = null;

  /** Ask for it; false when whoever was asked has left the dialog. */
  async ask(): Promise<boolean> {
    this.leave();
    const answer = await desk<{ begun: string; factors: string[]; passkey: object | null }>("POST", "/account/v1/prove/begin", {});
    if (!answer.ok) return false;
    this.problem = null;
    this.begun = answer.data;
    return new Promise((resolve) => (this.#done = resolve));
  }

  async show(shown: Shown): Promise<void> {
    const given = shown.passkey ? { ...shown, begun: this.begun?.begun ?? "" } : shown;
    const answer = await desk("POST", "/account/v1/prove", given);
    this.problem = answer.ok ? null : answer.problem;
    if (answer.ok) this.#end(true);
  }

  async showPasskey(): Promise<void> {
    const options = this.begun?.passkey;
    const passkey = options ? await assertion(options) : null;
    if (passkey) await this.show({ passkey });
  }

  leave(): void {
    this.#end(false);
  }

  #end(isShown: boolean): void {
    this.#done?.(isShown);
    this.#done = null;
    this.begun = null;
  }
}

export const proof = new Proof();

/** A desk's route; where it needs a second factor that was shown lately, that is asked for first. */
export async function act<T>(method: "POST" | "PUT" | "DELETE", path: string, sent: object = {}): Promise<Answer<T>> {
  const first = await desk<T>(method, path, sent);
  const isStale = !first.ok && first.problem.code === "second_factor_needed" && first.problem.values["why"] !== "none";
  if (!isStale || !(await proof.ask())) return first;
  return desk<T>(method, path, sent);
}
