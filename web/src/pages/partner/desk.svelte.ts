/** Whose desk it is and what who is signed in may do there: asked once for all pages of it. */

import { desk } from "../../lib/api";
import { Told } from "./told.svelte";

export type May = "look" | "staff" | "brand" | "markets" | "fees" | "money" | "users" | "restrict" | "tell" | "log" | "approve";
export interface Desk {
  brand: string;
  name: string;
  title: string;
  state: string;
  roles: string[];
  may: May[];
  has_second_factor: boolean;
  /** Before anything can be changed. */
  needs_second_factor: boolean;
  is_fresh: boolean;
  /** Engine time. */
  time_ns: string;
  fonts: Record<string, string>;
  /** That the app has texts for. */
  languages: string[];
}

export const own = new Told<Desk>(() => desk<Desk>("GET", "/partner/v1/desk"));
export const may = (what: May): boolean => own.data?.may.includes(what) ?? false;

/** Nanoseconds of the API as milliseconds of a `Date`. */
export const ms = (ns: string): string => (BigInt(ns || "0") / 1_000_000n).toString();
/** What an input of date and time says, in the browser's zone, as nanoseconds; "0" for nothing: at once. */
export function nsOf(local: string): string {
  const time = local ? new Date(local).getTime() : 0;
  return Number.isFinite(time) ? (BigInt(time) * 1_000_000n).toString() : "0";
}
/** A date of the API, for example 2026-11-27, so many days from today. */
export const dayFromNow = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
