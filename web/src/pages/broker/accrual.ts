/** Rows of what is earned, as the live channel tells them (BL-11), and what an hour comes to. */

import { sum } from "./amounts";

export interface Accrual {
  hour: string;
  /** Of a correction "": it is of none. */
  product: string;
  /** How it came: by fills under the own code or one below it, or taken back by a bust, or by a correction. */
  way: "own" | "tree" | "bust" | "correction";
  fee_asset: string;
  lines: number;
  earning: number;
  notional: string;
  fees: string;
  base: string;
  pool: string;
  commission: string;
  payout_asset: string;
  paid: string;
}

/** What is told anew as one: the newest of each counts. */
export const keyOf = (one: Accrual): string => `${one.hour} ${one.way} ${one.product} ${one.fee_asset}`;

/** What an hour comes to in the payout asset: all that was earned in it, less what was taken back, and corrections. */
export const paidIn = (rows: Accrual[], hour: string): string =>
  sum(rows.filter((one) => one.hour === hour).map((one) => one.paid));

/** Of that, what busts have taken back and corrections have changed; "0" where there was neither. */
export const changedIn = (rows: Accrual[], hour: string): string =>
  paidIn(rows.filter((one) => one.way === "bust" || one.way === "correction"), hour);
