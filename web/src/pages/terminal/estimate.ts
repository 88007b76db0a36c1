/** What an order would cost, hold and meet, before it is sent: pure, in whole numbers. */

import type { Book } from "../../lib/book";
import { cost, rescaled, type Amount, type Price, type Scale } from "../../lib/money";

export type Kind = "limit" | "market" | "post_only" | "ioc" | "fok";
export const KINDS: Kind[] = ["limit", "market", "post_only", "ioc", "fok"];
/** Of quote amounts that are only shown. */
export const QUOTE_SCALE: Scale = 8;
/** A fee rate of the API, in 10^-8; OKX writes what is charged as a negative number. */
export const RATE_SCALE: Scale = 8;

export interface Estimate {
  /** The price of the last level that it reaches; a limit order's is at worst its own. null: nothing is there. */
  worst: Price | null;
  /** What the book does not have. */
  left: Amount;
  /** Quote: size x worst price, rounded up for a buyer and down for a seller. */
  value: Amount;
  /** Quote, charged at the taker's rate (a post-only order's: the maker's); a rebate is negative. */
  fee: Amount;
  /** Held until it is filled: quote with the fee for a buyer, base for a seller. */
  hold: Amount;
}

/**
 * @param at the limit; null for a market order.
 * @param rates what is charged, in 10^-8 of the value; negative: paid out.
 */
export function estimate(
  book: Book,
  side: "buy" | "sell",
  kind: Kind,
  size: Amount,
  at: Price | null,
  scales: { price: Scale; size: Scale },
  rates: { maker: bigint; taker: bigint },
): Estimate {
  const walked = book.walk(side === "buy" ? "asks" : "bids", size);
  const worst = kind === "market" ? walked.worst : at;
  const isBuy = side === "buy";
  const value =
    worst === null ? (0n as Amount) : cost(size, scales.size, worst, scales.price, QUOTE_SCALE, isBuy);
  const rate = kind === "post_only" ? rates.maker : rates.taker;
  const fee = rescaled(value * rate, QUOTE_SCALE + RATE_SCALE, QUOTE_SCALE, rate > 0n) as Amount;
  const charged = fee > 0n ? fee : 0n;
  return { worst, left: walked.left, value, fee, hold: (isBuy ? value + charged : size) as Amount };
}
