/** A brand as the operator's desk is told of it. */

export type State = "sandbox" | "live" | "suspended" | "offboarding" | "closed";
export interface BrandLine {
  brand: string;
  name: string;
  title: string;
  state: State;
  version: number;
}
/** What the desk changes of a document; all else is carried along as it came. */
export interface Document {
  name: string;
  title: string;
  domains: string[];
  support: string;
  limits: { users: number };
  switches: { sign_up: boolean; deposits: boolean; withdrawals: boolean };
  state: State;
  names_host: boolean;
  [other: string]: unknown;
}
export interface Version {
  brand: string;
  version: number;
  document: Document;
  hash: string;
  time_ns: string;
  author: string;
  note: string;
}
export interface VersionLine {
  version: number;
  hash: string;
  time_ns: string;
  author: string;
  note: string;
}
export const TONES = { sandbox: "wait", live: "good", suspended: "bad", offboarding: "wait", closed: "" } as const;
/** Where the host takes a brand to; one that a partner opened is moved by its application. BR-7. */
export const MOVES: Record<State, State[]> = {
  sandbox: ["live", "closed"],
  live: ["suspended", "closed"],
  suspended: ["live", "closed"],
  offboarding: ["closed"],
  closed: [],
};
