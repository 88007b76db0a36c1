/** What a change of fee rates means in words. Pure; a rate is a bigint of hundred-millionths. */

import { decimalOf, rate, SCALE } from "../../lib/percent";

export { fractionOf, percentOf, rate } from "../../lib/percent";

export interface Level {
  level: number;
  maker: string;
  taker: string;
}
/** One rate that changes. */
export interface Difference {
  level: number;
  side: "maker" | "taker";
  /** In percent. */
  before: string;
  after: string;
  kind: "lower" | "higher" | "new";
  /** Of a trade of 10,000, in its quote asset; below zero it is paid to the user. */
  costBefore: string;
  costAfter: string;
}
const TRADE = 10_000n;

/** What differs between the rates that are in force and those that are wanted; levels that are not wanted stay. */
export function differences(before: Level[], wanted: Level[]): Difference[] {
  return wanted.flatMap((next) => {
    const last = before.find((one) => one.level === next.level);
    return (["maker", "taker"] as const).flatMap((side): Difference[] => {
      const [from, to] = [last ? rate(last[side]) : null, rate(next[side])];
      if (to === null || from === to) return [];
      return [
        {
          level: next.level,
          side,
          before: from === null ? "" : decimalOf(from, 6),
          after: decimalOf(to, 6),
          kind: from === null ? "new" : to < from ? "lower" : "higher",
          costBefore: from === null ? "" : decimalOf(TRADE * from, SCALE),
          costAfter: decimalOf(TRADE * to, SCALE),
        },
      ];
    });
  });
}

/** Below the least that the host allows; a rate of which nothing is known is not told to be. */
export const isBelow = (fraction: string, floor: string): boolean => {
  const [given, least] = [rate(fraction), rate(floor)];
  return given !== null && least !== null && given < least;
};
