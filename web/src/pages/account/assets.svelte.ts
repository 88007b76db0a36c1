/** What is in the user's accounts, and what was moved between them: asked for when a page of it is open, and after each move. */

import type { components } from "../../generated/okx";
import { okx, type Problem } from "../../lib/api";
import type { Part } from "./transfer";

type Told = components["schemas"];
type Cash = Pick<Told["BalanceDetail"], "ccy" | "cashBal" | "availBal">;
type Funds = Pick<Told["FundingBalance"], "ccy" | "bal" | "availBal">;
export interface Held {
  ccy: string;
  trading: { balance: string; available: string };
  funding: { balance: string; available: string };
}
export interface Moved {
  id: string;
  ts: string;
  ccy: string;
  /** Above zero. */
  amt: string;
  kind: "to-funding" | "to-trading" | "to-sub" | "from-sub" | "credited" | "debited";
  sub: string;
}
const KINDS: Record<string, Moved["kind"]> = { "130": "to-funding", "131": "to-trading", "1": "credited", "2": "debited" };
const NOTHING = { balance: "0", available: "0" };

class Assets {
  /** Names of sub-accounts; null until they are there. */
  subs = $state.raw<string[] | null>(null);
  moved = $state.raw<Moved[] | null>(null);
  problem = $state.raw<Problem | null>(null);
  #held = $state.raw<ReadonlyMap<string, Held[]>>(new Map());

  /** undefined until it is there. */
  of(account: string): Held[] | undefined {
    return this.#held.get(account);
  }
  /** There is nothing in the main account, of any currency. */
  get isEmpty(): boolean {
    const all = this.of("");
    return all !== undefined && all.every((one) => !/[1-9]/.test(one.trading.balance + one.funding.balance));
  }
  available(account: string, part: Part, ccy: string): string {
    return this.of(account)?.find((one) => one.ccy === ccy)?.[part].available ?? "0";
  }

  async ask(accounts: Iterable<string>): Promise<void> {
    const [subs] = await Promise.all([
      okx<{ subAcct: string }>("GET", "/users/subaccount/list", { limit: "100" }),
      this.#fetchMoved(),
      ...[...new Set(accounts)].map((one) => this.fetch(one)),
    ]);
    if (subs.ok) this.subs = subs.data.map((one) => one.subAcct).sort();
    else this.problem = subs.problem;
  }

  /** Of one account; empty: the main one. */
  async fetch(account: string): Promise<void> {
    const query = account ? { subAcct: account } : {};
    const [trading, funding] = await Promise.all([
      okx<{ details: Cash[] }>("GET", account ? "/account/subaccount/balances" : "/account/balance", query),
      okx<Funds>("GET", account ? "/asset/subaccount/balances" : "/asset/balances", query),
    ]);
    if (!trading.ok || !funding.ok) {
      this.problem = trading.ok ? (funding.ok ? null : funding.problem) : trading.problem;
      return;
    }
    const found = new Map<string, Held>();
    for (const one of trading.data.flatMap((row) => row.details)) {
      found.set(one.ccy, { ccy: one.ccy, trading: { balance: one.cashBal, available: one.availBal }, funding: NOTHING });
    }
    for (const one of funding.data) {
      const held = found.get(one.ccy) ?? { ccy: one.ccy, trading: NOTHING, funding: NOTHING };
      found.set(one.ccy, { ...held, funding: { balance: one.bal, available: one.availBal } });
    }
    this.problem = null;
    this.#held = new Map([...this.#held, [account, [...found.values()].sort((one, other) => one.ccy.localeCompare(other.ccy))]]);
  }

  /** Inside the main account by its funding half's bills; with sub-accounts by theirs. */
  async #fetchMoved(): Promise<void> {
    const [own, subs] = await Promise.all([
      okx<Told["FundingBill"]>("GET", "/asset/bills", { limit: "100" }),
      okx<Told["TransferBill"]>("GET", "/asset/subaccount/bills", { limit: "100" }),
    ]);
    if (!own.ok || !subs.ok) {
      this.problem = own.ok ? (subs.ok ? null : subs.problem) : own.problem;
      return;
    }
    const inside = own.data.flatMap((one): Moved[] => {
      const kind = KINDS[one.type];
      return kind ? [{ id: `own-${one.billId}`, ts: one.ts, ccy: one.ccy, amt: one.balChg.replace("-", ""), kind, sub: "" }] : [];
    });
    const across = subs.data.map(
      (one): Moved => ({ id: `sub-${one.billId}`, ts: one.ts, ccy: one.ccy, amt: one.amt, kind: one.type === "0" ? "to-sub" : "from-sub", sub: one.subAcct }),
    );
    this.moved = [...inside, ...across].sort((one, other) => Number(other.ts) - Number(one.ts));
  }
}

export const assets = new Assets();
