/** A schedule of rates as people look at it: what each case has. Of its rows the first that a case lies in holds. Pure. */

import { fractionOf, rate } from "../../lib/percent";

export interface RateRow {
  tier: number;
  /** Per cent; of what is null the row is for all. */
  rate: string;
  affiliated: boolean | null;
  product: string | null;
  role: string | null;
  level_from: number;
  level_to: number;
}
export interface Version {
  version: number;
  from_hour: number;
  from_time: string;
  rows: RateRow[];
}
export interface Case {
  tier: number;
  product: string;
  role: string;
  affiliated: boolean;
  level: number;
}
/** A case of the picture, in which both kinds of clients may be one. */
export type Picked = Omit<Case, "affiliated"> & { affiliated: boolean | null };
export interface Cell {
  /** Per cent; "" where no row is for it, which earns nothing. */
  rate: string;
  /** Of the highest rate of the schedule, 0 to 1. */
  depth: number;
  changed: boolean;
}
export interface Line {
  product: string;
  role: string;
  /** null: with and without an affiliate it is the same. */
  affiliated: boolean | null;
  cells: Cell[];
}

export const PRODUCTS = ["spot", "futures", "options"];
export const ROLES = ["taker", "maker"];
export const LEVELS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
export const TIERS = LEVELS;

/** A rate in per cent as a whole number, null where it is none. */
export const worth = (percent: string): bigint | null => rate(fractionOf(percent) ?? "");

export function rowOf(rows: RateRow[], one: Case): RateRow | undefined {
  return rows.find(
    (row) =>
      row.tier === one.tier &&
      (row.product ?? one.product) === one.product &&
      (row.role ?? one.role) === one.role &&
      (row.affiliated ?? one.affiliated) === one.affiliated &&
      row.level_from <= one.level &&
      one.level <= row.level_to,
  );
}

/** A tier of a schedule, a line for each product and role, a cell for each client level. */
export function picture(rows: RateRow[], tier: number, before: RateRow[] = rows): Line[] {
  const most = rows.reduce((all, row) => max(all, worth(row.rate) ?? 0n), 0n);
  const told = (one: Case): Cell => {
    const [now, was] = [rowOf(rows, one)?.rate ?? "", rowOf(before, one)?.rate ?? ""];
    const value = worth(now) ?? 0n;
    return { rate: now, depth: most ? Number((value * 1000n) / most) / 1000 : 0, changed: value !== (worth(was) ?? 0n) };
  };
  const line = (product: string, role: string, affiliated: boolean): Line => ({
    product,
    role,
    affiliated,
    cells: LEVELS.map((level) => told({ tier, product, role, affiliated, level })),
  });
  const ways = PRODUCTS.flatMap((product) => ROLES.map((role) => [line(product, role, false), line(product, role, true)] as const));
  const isSame = ways.every(([one, other]) => one.cells.every((cell, at) => cell.rate === other.cells[at]?.rate));
  return isSame ? ways.map(([one]) => ({ ...one, affiliated: null })) : ways.flat();
}

/** A change goes before all others; rows that no case lies in first any more are left out. */
export function changedBy(rows: RateRow[], changes: RateRow[]): RateRow[] {
  const all = [...changes, ...rows];
  const held = new Set<RateRow | undefined>();
  for (const tier of tiersOf(all)) {
    for (const product of PRODUCTS) {
      for (const role of ROLES) {
        for (const affiliated of [false, true]) {
          for (const level of LEVELS) held.add(rowOf(all, { tier, product, role, affiliated, level }));
        }
      }
    }
  }
  return all.filter((row) => held.has(row));
}

export const tiersOf = (rows: RateRow[]): number[] => [...new Set(rows.map((row) => row.tier))].toSorted((one, other) => one - other);

/** The version whose hour has come last; of two with the same hour the one with the higher number. */
export function inForce(versions: Version[], hour: number): Version | undefined {
  return versions
    .filter((one) => one.from_hour <= hour)
    .toSorted((one, other) => other.from_hour - one.from_hour || other.version - one.version)[0];
}

const max = (one: bigint, other: bigint): bigint => (one > other ? one : other);
