/** Brokers as the host's desk tells them. */

export interface Code {
  broker: string;
  active: boolean;
  payout_account: string;
  addresses: string[];
  non_disclosed: boolean;
  subaccounts_most: number;
  number: string;
}
export interface Registered {
  broker: string;
  code: string;
  title: string;
  models: string;
  business: string;
  standing: string;
  is_active: boolean;
  payout_account: string;
  opened_ns: string;
  since_ns: string;
}
export interface Facts {
  spot_volume: string;
  spot_traders: number;
  contract_volume: string;
  contract_traders: number;
  active_days: number;
  new_clients: number;
}
export interface TierNow {
  broker: string;
  code: string;
  level: number;
  reviewed_level: number;
  by_hand_until: string | null;
  coming: { level: number; from_time: string }[];
  misses: number;
  month: string;
  decided_at: string;
  facts: Facts;
  outcome: string | null;
  outcome_level: number | null;
  at_risk: boolean;
}

export const STANDING_TONES: Record<string, "good" | "bad" | "wait"> = { live: "good", testing: "wait", lapsed: "bad", suspended: "bad" };
export const FACTS: (keyof Facts)[] = ["spot_volume", "spot_traders", "contract_volume", "contract_traders", "active_days", "new_clients"];
