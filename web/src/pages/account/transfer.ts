/** A transfer between the user's own accounts as the API takes it: pure. */

import { parse, type Amount } from "../../lib/money";

/** Enough decimals for any currency. */
const SCALE = 18;
export type Part = "trading" | "funding";
export interface End {
  /** A sub-account's name; empty: the main account. */
  account: string;
  part: Part;
}
export type Wrong = "same" | "inside" | "amount" | "too-much";
export interface Request {
  path: "/asset/transfer" | "/asset/subaccount/transfer";
  body: Record<string, string>;
}
const NUMBERS: Record<Part, string> = { funding: "6", trading: "18" };

/** Why it cannot be asked for; null where it can. An amount that is not written yet is nothing wrong. */
export function wrongWith(from: End, to: End, amount: string, available: string): Wrong | null {
  if (from.account === to.account && from.part === to.part) return "same";
  // A master moves nothing inside a sub-account: only the sub-account's own keys do.
  if (from.account !== "" && from.account === to.account) return "inside";
  if (amount === "") return null;
  const wanted = parse<Amount>(amount, SCALE);
  if (wanted === null || wanted <= 0n) return "amount";
  return wanted > (parse<Amount>(available, SCALE) ?? 0n) ? "too-much" : null;
}

/** @param clientId makes it safe to send again; of a transfer between two sub-accounts the API takes none. */
export function requestOf(from: End, to: End, ccy: string, amt: string, clientId: string): Request {
  const ends = { ccy, amt, from: NUMBERS[from.part], to: NUMBERS[to.part] };
  if (from.account && to.account) {
    return { path: "/asset/subaccount/transfer", body: { ...ends, fromSubAccount: from.account, toSubAccount: to.account } };
  }
  if (!from.account && !to.account) return { path: "/asset/transfer", body: { ...ends, type: "0", clientId } };
  const subAcct = from.account || to.account;
  return { path: "/asset/transfer", body: { ...ends, type: to.account ? "1" : "2", subAcct, clientId } };
}
