/** Figures of machines in the reader's own way: bytes, durations, counts. No money. */

import { texts } from "../../lib/texts.svelte";

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];

export function bytes(count: number): string {
  const power = count < 1 ? 0 : Math.min(Math.floor(Math.log10(count) / 3), UNITS.length - 1);
  const format = { style: "unit", unit: UNITS[power] ?? "byte", maximumSignificantDigits: 3 } as const;
  return new Intl.NumberFormat(texts.language, format).format(count / 1000 ** power);
}

export function micros(us: number): string {
  const [unit, by] = us < 1_000 ? (["microsecond", 1] as const) : us < 1_000_000 ? (["millisecond", 1_000] as const) : (["second", 1_000_000] as const);
  return new Intl.NumberFormat(texts.language, { style: "unit", unit, maximumSignificantDigits: 3 }).format(us / by);
}

export const count = (value: number): string => new Intl.NumberFormat(texts.language, { maximumFractionDigits: 1 }).format(value);

export const percent = (share: number): string =>
  new Intl.NumberFormat(texts.language, { style: "percent", maximumFractionDigits: 2 }).format(share);

/** Nanoseconds since 1970, as the desks write them, in milliseconds. */
export const ms = (ns: string): number => Number(BigInt(ns || "0") / 1_000_000n);

/** How long ago, or until when, in the largest unit that fits. */
export function span(ms: number): string {
  const s = Math.round(Math.abs(ms) / 1000);
  const [unit, by] = s < 90 ? (["second", 1] as const) : s < 5_400 ? (["minute", 60] as const) : s < 129_600 ? (["hour", 3_600] as const) : (["day", 86_400] as const);
  return new Intl.NumberFormat(texts.language, { style: "unit", unit, unitDisplay: "long" }).format(Math.round(s / by));
}
