/**
 * The currency in which the reader wants to see what things are worth. The money itself stays what it is; the rate and its
 * time are shown beside it. WB-9.
 */

import { keep, kept } from "./kept";
import { market } from "./market.svelte";
import { worthOf, type Worth } from "./worth";

const KEY = "display-currency";

class Display {
  /** "" until the reader has chosen, or there is a market. */
  #chosen = $state(kept(KEY, ""));

  get choices(): string[] {
    return [...new Set(market.instruments.flatMap((one) => [one.quoteCcy, one.baseCcy]))].sort();
  }
  get currency(): string {
    return this.choices.includes(this.#chosen) ? this.#chosen : (market.instruments[0]?.quoteCcy ?? "");
  }
  choose(currency: string): void {
    this.#chosen = currency;
    keep(KEY, currency);
  }

  /** null where no market has both, or none has traded. */
  worth(text: string, currency: string): Worth | null {
    return worthOf(text, currency, this.currency, market.tickers);
  }
}

export const display = new Display();
