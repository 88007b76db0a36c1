/** Where an axis of time names a moment: few of them, each at a whole number of seconds, minutes, hours or days. Pure. */

export interface Tick {
  /** Milliseconds since 1970. */
  ms: number;
  /** How far along the axis, from 0 to 1. */
  at: number;
}
const S = 1_000;
const MIN = 60 * S;
const H = 60 * MIN;
const STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((count) => count * S),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MIN),
  ...[1, 2, 3, 6, 12, 24, 48, 168].map((count) => count * H),
];

/**
 * @param times of the places of a line, rising, in milliseconds since 1970; places are drawn equally far from one another.
 * @param most as many as there is room for, or fewer.
 */
export function ticks(times: number[], most = 4): Tick[] {
  const [first, last] = [times[0], times.at(-1)];
  if (first === undefined || last === undefined || last <= first) return [];
  const step = STEPS.find((one) => (last - first) / one <= most) ?? Math.ceil((last - first) / most);
  const found: Tick[] = [];
  for (let ms = Math.ceil(first / step) * step; ms <= last && found.length < most; ms += step) {
    found.push({ ms, at: along(times, ms) });
  }
  return found;
}

/** Between two places in proportion: where samples came late their places say so. */
function along(times: number[], ms: number): number {
  const after = times.findIndex((one) => one >= ms);
  const [from, to] = [times[after - 1], times[after]];
  const part = from === undefined || to === undefined || to === from ? 0 : (to - ms) / (to - from);
  return (after - part) / (times.length - 1);
}
