/** Applications to the program as the desk tells them, and what of one is its applicant's alone. */

import { desk, type Answer } from "../../lib/api";

export const FIELDS = ["contact", "email", "phone", "team", "plan"] as const;
export type Told = Record<(typeof FIELDS)[number] | "brand_name", string>;
export interface Application {
  reference: string;
  state: string;
  brand_name: string;
  claimed: boolean;
  asset: string;
  stake_needed: string;
  created_ns: string;
  timeline: { time_ns: string; after: string; role: string; reason: string }[];
  awaits: { state: string; of: string[]; blocks: { code: string; text: string; asked_of: string }[] } | null;
  checklist: { item: string; is_there: boolean }[];
  contracts: { number: number; version: number; partner_accepted: boolean; host_accepted: boolean }[];
  told: Partial<Told>;
}
export interface Received {
  reference: string;
  secret: string;
  link: string;
}
export interface Contract {
  version: number;
  hash: string;
  text: string;
  term_days: number;
  notice_days: number;
}
export interface Phase {
  phase: number;
  name: string;
  opens_ns: string;
  closes_ns: string;
  is_open: boolean;
  quota: number;
  taken: number;
  left: number;
  asset: string;
  stake: string;
  token_required: boolean;
  holders_share: string;
  host_holders_share: string;
}
export interface Program {
  phases: Phase[];
  open_phase: number | null;
  brands: number;
  instruments: number;
}

/** The way of an application that nothing comes in between. */
export const WAY = ["draft", "submitted", "screening", "deposit_pending", "deposit_locked", "contracted", "sandbox", "verified", "live"];
export const nothing = (): Told => ({ contact: "", email: "", phone: "", team: "", plan: "", brand_name: "" });

/** By its link: the secret goes in a header, never into an address that a server would log. */
export function ask<T>(method: "GET" | "POST" | "PATCH", reference: string, secret: string, act = "", sent?: object): Promise<Answer<T>> {
  const path = `/program/v1/applications/${encodeURIComponent(reference)}${act && `/${act}`}`;
  return desk<T>(method, path, sent, secret ? { "x-application-secret": secret } : {});
}
