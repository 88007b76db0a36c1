/** What an amount is worth in another currency, by the last price of a market that has both: pure, a reading aid. WB-9. */

import type { Ticker } from "./market.svelte";
import { cost, parse, rescaled, scaleOf, type Amount, type Price } from "./money";

export const WORTH_SCALE = 8;
const LONGEST_SCALE = 18;

export interface Worth {
  /** In 10^-8 of the chosen currency, rounded down. */
  value: Amount;
  /** null: it is that currency already. */
  by: Ticker | null;
}

/** null where no market has both, or none has traded. */
export function worthOf(text: string, from: string, to: string, tickers: ReadonlyMap<string, Ticker>): Worth | null {
  const amount = parse<Amount>(text, LONGEST_SCALE);
  if (amount === null) return null;
  if (from === to) return { value: rescaled(amount, LONGEST_SCALE, WORTH_SCALE, false) as Amount, by: null };
  const straight = tickers.get(`${from}-${to}`);
  if (straight?.last) {
    const at = scaleOf(straight.last);
    const price = parse<Price>(straight.last, at);
    return price === null ? null : { value: cost(amount, LONGEST_SCALE, price, at, WORTH_SCALE, false), by: straight };
  }
  const turned = tickers.get(`${to}-${from}`);
  const at = turned?.last ? scaleOf(turned.last) : 0;
  const price = turned?.last ? parse<Price>(turned.last, at) : null;
  if (!turned || price === null || price <= 0n) return null;
  const value = (amount * 10n ** BigInt(at)) / price;
  return { value: rescaled(value, LONGEST_SCALE, WORTH_SCALE, false) as Amount, by: turned };
}
