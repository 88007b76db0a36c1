/** The table of VIP levels: what each asks for, in words, and what differs between two tables. Pure but for the words. */

import { shownText } from "../../lib/money";
import { say, texts } from "../../lib/texts.svelte";

export interface Row {
  level: number;
  /** One of what is asked for will do; else all of it. */
  any_of: boolean;
  volume?: string;
  assets?: string;
  token?: string;
}
export interface Table {
  valuation: string;
  token?: string;
  days: number;
  rows: Row[];
}
export interface Version {
  version: number;
  first_day: number;
  hash: string;
  table: Table;
}
export const MEASURES = ["volume", "assets", "token"] as const;

/** What a row asks for, in one line. */
export function asks(row: Row, table: Table): string {
  const parts = MEASURES.flatMap((name) => {
    const least = row[name];
    const asset = name === "token" ? (table.token ?? "") : table.valuation;
    return least ? [say(`op-level-asks-${name}`, { least: shownText(least, texts.language), asset })] : [];
  });
  return parts.join(` ${say(row.any_of ? "op-level-or" : "op-level-and")} `);
}

export interface Difference {
  level: number;
  /** "" where there is none. */
  before: string;
  after: string;
}

/** Level by level what another table changes. */
export function differences(before: Table | null, after: Table): Difference[] {
  const of = (table: Table | null, level: number) => {
    const row = table?.rows.find((one) => one.level === level);
    return table && row ? asks(row, table) : "";
  };
  const levels = [...new Set([...(before?.rows ?? []), ...after.rows].map((one) => one.level))].toSorted((one, other) => one - other);
  return levels.map((level) => ({ level, before: of(before, level), after: of(after, level) })).filter((one) => one.before !== one.after);
}

/** Days since 1970 as a date. */
export const dateOf = (day: number): string => new Date(day * 86_400_000).toISOString().slice(0, 10);
