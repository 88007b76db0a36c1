/**
 * What was gained on one market by average cost, from fills: pure, in whole numbers of the quote asset (10^-18).
 *
 * A buy adds to the position at its price and fee; a sale gives the position up at the average cost. What is sold beyond
 * what these fills have bought had another origin: it is left out of the gain, and counted.
 */

import type { Fill } from "../../lib/account.svelte";
import { parse, type Amount, type Price } from "../../lib/money";

const [SIZE, PRICE, VALUE] = [18, 18, 18];

export interface Gain {
  /** Bought by these fills and not sold since, in 10^-18 base. */
  held: bigint;
  /** What it has cost with fees, in 10^-18 quote. */
  cost: bigint;
  /** By sales, in 10^-18 quote, after their fees. */
  realised: bigint;
  /** Sold without having been bought by these fills, in 10^-18 base. */
  foreign: bigint;
}

/** @param fills of one market, in any order. */
export function gainOf(fills: readonly Fill[], base: string): Gain {
  const gain: Gain = { held: 0n, cost: 0n, realised: 0n, foreign: 0n };
  const sorted = [...fills].sort((one, other) => Number(one.ts) - Number(other.ts) || Number(one.billId) - Number(other.billId));
  for (const fill of sorted) {
    let size: bigint = parse<Amount>(fill.fillSz, SIZE) ?? 0n;
    const price = parse<Price>(fill.fillPx, PRICE) ?? 0n;
    let value = (size * price) / 10n ** BigInt(PRICE);
    // The API writes what was charged as a negative number: it is added as it stands.
    const fee = parse<Amount>(fill.fee, VALUE) ?? 0n;
    const feeInBase = fill.feeCcy === base ? fee : 0n;
    const feeInQuote = fill.feeCcy === base ? 0n : fee;
    if (fill.side === "buy") {
      gain.held += size + feeInBase;
      gain.cost += value - feeInQuote;
      continue;
    }
    size -= feeInBase;
    const own = size < gain.held ? size : gain.held;
    if (own <= 0n) {
      gain.foreign += size;
      continue;
    }
    value = ((value + feeInQuote) * own) / size;
    const share = (gain.cost * own) / gain.held;
    gain.realised += value - share;
    gain.cost -= share;
    gain.held -= own;
    gain.foreign += size - own;
  }
  return gain;
}

/** Of what is held, at a price. */
export const openGain = (gain: Gain, last: Price, scale: number): bigint => (gain.held * last) / 10n ** BigInt(scale) - gain.cost;
