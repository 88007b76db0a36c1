/** What is in force: statuses, switches, bands and limits. */

import { Asked } from "../../lib/asked.svelte";

export type Status = "live" | "cancel-only" | "halted";
export interface Instrument {
  instrument: string;
  base: string;
  quote: string;
  status: Status;
  in_force: Status;
  reference: string;
  premium: string;
  buys_at_most: string;
  sells_at_least: string;
  band_percent: string;
  band_max_percent: string;
  largest_size: string;
  largest_notional: string;
  deviation_percent: string;
  duplicate_ms: string;
  not_listed_by: string[];
}
export interface Control {
  sequence: string;
  status: Status;
  by_the_disk: boolean;
  switches: { scope: string; target: string }[];
  instruments: Instrument[];
}

export const control = new Asked<Control>(() => "/host/v1/control");
export const TONES = { live: "good", "cancel-only": "wait", halted: "bad" } as const;
export const STATUSES: Status[] = ["live", "cancel-only", "halted"];
