/** Sums of decimal strings as the API has them, exact. Geometry of plots alone is made of plain numbers. */

import { decimal, parse, type Amount } from "../../lib/money";

const SCALE = 18;

/** An amount in 10^-18; nothing where it is none. */
export const minor = (text: string): bigint => parse<Amount>(text, SCALE) ?? 0n;

export const sum = (texts: string[]): string => decimal(texts.reduce((all, one) => all + minor(one), 0n), SCALE);

export const difference = (one: string, other: string): string => decimal(minor(one) - minor(other), SCALE);

/** A part of a whole in per cent, to two decimals, rounded towards zero; "" of nothing. */
export function percentOf(part: string, whole: string): string {
  const all = minor(whole);
  return all === 0n ? "" : decimal((minor(part) * 10_000n) / all, 2);
}

/** How long a bar is, from 0 to 1, beside the longest. */
export function ratio(part: bigint, most: bigint): number {
  return most <= 0n ? 0 : Number((part * 10_000n) / most) / 10_000;
}
