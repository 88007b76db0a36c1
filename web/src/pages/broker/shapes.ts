/** What the broker's desk tells, as docs/reference has it. Amounts are decimal strings. */

export interface TierNow {
  broker: string;
  code: string;
  root: string;
  level: number;
  reviewed_level: number;
  by_hand_until: string | null;
  coming: { level: number; from_hour: number; from_time: string }[];
  misses: number;
  month: string;
  decided_at: string;
  facts: Facts;
  earned: number | null;
  outcome: string | null;
  outcome_level: number | null;
  at_risk: boolean;
  to_keep: Missing | null;
  to_rise: Missing | null;
}
export interface Facts {
  spot_volume: string;
  spot_traders: number;
  contract_volume: string;
  contract_traders: number;
  active_days: number;
  new_clients: number;
}
export interface Way {
  volume: string;
  traders: number;
}
export interface Missing {
  level: number;
  spot: Way | null;
  contract: Way | null;
  active_days: number;
  new_clients: number;
}
export interface Rates {
  broker: string;
  negotiated: boolean;
  versions: RateVersion[];
}
export interface RateVersion {
  version: number;
  from_hour: number;
  from_time: string;
  rows: RateRow[];
}
export interface RateRow {
  tier: number;
  rate: string;
  affiliated: boolean | null;
  product?: string;
  role?: string;
  level_from: number;
  level_to: number;
}
export interface Statement {
  hour: number;
  time: string;
  name: string;
  state: "published" | "carried";
  asset: string;
  paid: string;
  carried: string;
  lines: number;
  root: string;
  payment: string;
}
export interface Statements {
  broker: string;
  statements: Statement[];
  next: string;
}
export interface Sum {
  key: string;
  client: string;
  fee_asset: string;
  lines: number;
  earning: number;
  notional: string;
  base: string;
  commission: string;
  payout_asset: string;
  paid: string;
  states: Record<string, number>;
}
export interface Sums {
  broker: string;
  by: string;
  sums: Sum[];
  next: string;
}
export interface HistoryLine {
  hour: string;
  state: string;
  fill: string;
  role: string;
  time: string;
  client: string;
  code: string;
  instrument: string;
  price: string;
  quantity: string;
  notional: string;
  fee_asset: string;
  base: string;
  reason: string;
  commission: string;
  paid: string;
}
export interface Lines {
  broker: string;
  code: string;
  lines: HistoryLine[];
  next: string;
}
export interface Notice {
  notice: number;
  kind: string;
  subject: string;
  time_ns: string;
  details: Record<string, unknown>;
}
export interface Certificate {
  certificate: string;
  passed: boolean;
  report_hash: string;
  signature: string;
  signed_by: string;
  made_ns: string;
  expires_ns: string;
}
export interface Application {
  reference: string;
  state: string;
  integration: {
    title: string;
    models: string;
    business: string | null;
    codes: string[];
    redirect_urls: string[];
    is_public_client: boolean;
    ip_list: string[];
    requests_per_s: number;
    subaccounts_most: number;
    logo: string;
  };
  broker: { broker: string; code: string; title: string; standing: string; is_active: boolean } | null;
  created_ns: string;
  changed_ns: string;
  missing: string[];
  timeline: { time_ns: string; before: string; after: string; role: string; reason: string }[];
  awaits: { state: string; of: string[]; blocks: { code: string; text: string; asked_of: string }[] } | null;
  contracts: {
    number: number;
    version: number;
    hash: string;
    broker_accepted: boolean;
    host_accepted: boolean;
    starts_ns: string;
    ends_ns: string;
  }[];
  lasting: { what: string; ends_ns: string; warned_ns: string }[];
  papers: number;
  comments: { role: string; text: string; time_ns: string }[];
  told: Record<string, string>;
}
