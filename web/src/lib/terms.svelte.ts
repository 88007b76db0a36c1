/** Texts that the user is asked to accept: asked for after sign-in, and again when an order was refused for them. WB-18. */

import type { components } from "../generated/account";
import { desk, type Answer } from "./api";
import { sessions } from "./session.svelte";
import { texts } from "./texts.svelte";

type Told = components["schemas"];
export type OwnTexts = Told["OwnTexts"];
export type HeldText = Told["HeldText"];
export type AcceptedText = Told["AcceptedText"];
/** The code of an order that was refused for them. */
export const TERMS_FIRST = "50027";
const PATH = "/account/v1/terms";
const SEEN_MS = 1_000; // within it an acceptance is seen at every door (T-8)

class Terms {
  told = $state.raw<OwnTexts | null>(null);
  #turn = 0;

  /** Orders wait for them. */
  get stopOrders(): boolean {
    return this.told?.may_order === false;
  }
  get due(): HeldText[] {
    return this.told?.texts.filter((one) => one.is_due) ?? [];
  }
  /** They will hold later, and can be accepted already. */
  get toCome(): HeldText[] {
    return this.told?.texts.filter((one) => !one.is_in_force && !one.accepted_ns) ?? [];
  }

  /** By the shell, in an effect that runs anew for whoever is signed in. */
  begin(): void {
    this.#turn++;
    this.told = null;
    if (sessions.now) void this.ask();
  }

  async ask(): Promise<Answer<OwnTexts>> {
    const turn = ++this.#turn;
    const answer = await desk<OwnTexts>("GET", PATH, undefined, spoken());
    if (answer.ok && turn === this.#turn) this.told = answer.data;
    return answer;
  }

  /** Say where the user lives: another country's texts may hold then. */
  async live(country: string): Promise<Answer<OwnTexts>> {
    const turn = ++this.#turn;
    const answer = await desk<OwnTexts>("PUT", `${PATH}/country/${country}`, {}, spoken());
    if (answer.ok && turn === this.#turn) this.told = answer.data;
    return answer;
  }

  /** It is done once orders are taken again, where this was the last that they waited for. */
  async accept(text: HeldText): Promise<Answer<OwnTexts>> {
    const turn = ++this.#turn;
    const answer = await desk<OwnTexts>("POST", `${PATH}/accept`, { hashes: [text.hash] }, spoken());
    if (!answer.ok) return answer;
    if (this.stopOrders && answer.data.may_order) await new Promise((done) => setTimeout(done, SEEN_MS));
    if (turn === this.#turn) this.told = answer.data;
    return answer;
  }
}

const spoken = () => ({ "accept-language": texts.language });

export const terms = new Terms();
