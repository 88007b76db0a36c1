/**
 * What cannot be traded just now, and whose doing it is. The `instruments` channel says at once that something has changed;
 * what exactly is asked of the desk, then and every few seconds, since a channel that is lost tells nothing. WB-12.
 */

import { desk } from "./api";
import { closedOf, type Closed } from "./closed";
import { market } from "./market.svelte";

const AGAIN_MS = 10_000;
const TRIES = 5;

class Halts {
  #told = $state.raw<ReadonlyMap<string, Closed>>(new Map());

  /** null: orders are taken, as far as is known. */
  of(name: string): Closed | null {
    return closedOf(name, market.states.get(name), this.#told.get(name));
  }

  /** In an effect, which runs anew whenever the channel has told something. */
  watch(): () => void {
    void market.told;
    void this.ask();
    const timer = setInterval(() => {
      if (!document.hidden) void this.ask();
    }, AGAIN_MS);
    return () => clearInterval(timer);
  }

  async ask(): Promise<void> {
    for (let tries = 0; tries < TRIES; tries++) {
      const before = market.told;
      const answer = await desk<{ instruments: string[]; closed: Closed[] }>("GET", "/program/v1/trading");
      if (!answer.ok) return;
      if (market.told !== before) continue; // what was told meanwhile may be newer
      this.#told = new Map(answer.data.closed.map((one) => [one.instrument, one]));
      market.take(answer.data.instruments, new Set(this.#told.keys()));
      return;
    }
  }
}

export const halts = new Halts();
