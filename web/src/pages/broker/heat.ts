/** Sums by the hour, laid on a week; and by client and instrument. Pure. */

import { minor, ratio } from "./amounts";
import { decimal } from "../../lib/money";
import type { Sum } from "./shapes";

export interface Cell {
  paid: string;
  lines: number;
  depth: number;
}
const DAYS = 7;
const HOURS = 24;

/** What each hour of the week has earned, Monday first; hours are those of UTC moved by so many minutes. */
export function week(sums: Sum[], minutes: number): Cell[][] {
  const cells = field(DAYS, HOURS);
  for (const one of sums) {
    const moment = new Date(Date.parse(one.key) + minutes * 60_000);
    add(cells[(moment.getUTCDay() + 6) % DAYS]?.[moment.getUTCHours()], one);
  }
  return deepened(cells);
}

/** Clients in rows, the one who brought most first, instruments in columns. */
export function clients(byInstrument: { instrument: string; sums: Sum[] }[], most: number): { names: string[]; cells: Cell[][] } {
  const totals = new Map<string, bigint>();
  for (const sum of byInstrument.flatMap((one) => one.sums)) totals.set(nameOf(sum), (totals.get(nameOf(sum)) ?? 0n) + minor(sum.paid));
  const names = [...totals].toSorted(([, one], [, other]) => (one < other ? 1 : one > other ? -1 : 0)).slice(0, most).map(([name]) => name);
  const cells = field(names.length, byInstrument.length);
  for (const [x, one] of byInstrument.entries()) {
    for (const sum of one.sums) add(cells[names.indexOf(nameOf(sum))]?.[x], sum);
  }
  return { names, cells: deepened(cells) };
}

const nameOf = (sum: Sum): string => sum.client || sum.key;

interface Open {
  paid: bigint;
  lines: number;
}
const field = (rows: number, columns: number): Open[][] =>
  Array.from({ length: rows }, () => Array.from({ length: columns }, () => ({ paid: 0n, lines: 0 })));

function add(cell: Open | undefined, one: Sum): void {
  if (cell === undefined) return;
  cell.paid += minor(one.paid);
  cell.lines += one.lines;
}

function deepened(cells: Open[][]): Cell[][] {
  const most = cells.flat().reduce((all, one) => (one.paid > all ? one.paid : all), 0n);
  return cells.map((row) => row.map((one) => ({ paid: decimal(one.paid, 18), lines: one.lines, depth: ratio(one.paid, most) })));
}
