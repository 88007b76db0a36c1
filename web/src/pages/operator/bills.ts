/** What is measured for a bill: a share of the time, or microseconds. No money. */

import { micros } from "./figures";
import { percentOf } from "./plain_money";

export type Kind = "price" | "use" | "target" | "measure";
export const MEASURES = ["availability_e8", "p99_us"];

export const measured = (measure: string, value: number): string => (measure === "p99_us" ? micros(value) : percentOf(String(value)));

/** The month after this one in UTC: nothing of it can be billed. */
export function nextMonth(): string {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1)).toISOString().slice(0, 7);
}
