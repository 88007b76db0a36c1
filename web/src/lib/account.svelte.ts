/** The user's own: balances and open orders, as they are told; fills as they come. */

import type { components } from "../generated/okx";
import { okx, type Answer, type Problem } from "./api";
import { live } from "./live.svelte";
import { newest } from "./newest";
import { sessions } from "./session.svelte";
import type { Reply } from "./socket";
import { terms, TERMS_FIRST } from "./terms.svelte";
import { say } from "./texts.svelte";
import { toasts } from "./toasts.svelte";

type Told = components["schemas"];
export type Order = Pick<
  Told["Order"],
  | ("instId" | "ordId" | "clOrdId" | "side" | "ordType" | "px" | "sz" | "accFillSz" | "avgPx" | "state")
  | ("fee" | "feeCcy" | "brokerCode" | "cTime" | "uTime")
>;
/** Of a fill the broker is told with its order. */
export type Fill = Pick<
  Told["Fill"],
  "instId" | "tradeId" | "ordId" | "billId" | "side" | "fillPx" | "fillSz" | "fee" | "feeCcy" | "execType" | "ts"
>;
export type Cash = Pick<Told["BalanceDetail"], "ccy" | "cashBal" | "availBal" | "frozenBal">;
const ENDED = new Set<string>(["filled", "canceled", "mmp_canceled"]);

class Account {
  orders = $state.raw<Order[]>([]);
  cash = $state.raw<Cash[]>([]);
  problem = $state.raw<Problem | null>(null);
  /** Whether it is known what the user has: until then nothing is said of who has nothing. */
  isKnown = $state(false);
  /** Counts what was told of orders, so that a list of fills knows when to ask again. */
  changes = $state(0);
  #toldOfCash = 0;

  /** Follow while somebody is signed in; called once, by the terminal. */
  follow(): () => void {
    const socket = live.user;
    this.isKnown = false;
    if (socket === null || !sessions.now?.account) {
      this.orders = [];
      this.cash = [];
      return () => {};
    }
    const ends = [
      socket.listen<Order>(
        { channel: "orders", instType: "ANY" },
        (push) => push.data.forEach((order) => this.#ordered(order)),
        () => void this.#fetch(),
      ),
      socket.listen<{ details: Cash[] }>({ channel: "account" }, (push) => {
        this.#toldOfCash++;
        const told = new Map(push.data.flatMap((one) => one.details).map((one) => [one.ccy, one]));
        this.cash = [...this.cash.filter((one) => !told.has(one.ccy)), ...told.values()].sort(byName);
      }),
    ];
    void this.#fetch();
    return () => ends.forEach((end) => end());
  }

  /** There is nothing, of any currency. */
  get isEmpty(): boolean {
    return this.isKnown && this.cash.every((one) => !/[1-9]/.test(one.cashBal));
  }

  again(): void {
    void this.#fetch();
  }

  available(ccy: string): string {
    return this.cash.find((one) => one.ccy === ccy)?.availBal ?? "0";
  }

  place(order: object): Promise<Answer<Record<string, string>>> {
    return sent("order", order);
  }
  cancel(order: Order): Promise<Answer<Record<string, string>>> {
    return sent("cancel-order", { instId: order.instId, ordId: order.ordId });
  }
  amend(order: Order, change: { newPx?: string; newSz?: string }): Promise<Answer<Record<string, string>>> {
    return sent("amend-order", { instId: order.instId, ordId: order.ordId, ...change });
  }

  async #fetch(): Promise<void> {
    const [orders, balance] = await Promise.all([
      newest(() => okx<Order>("GET", "/trade/orders-pending"), () => this.changes, (rows) => (this.orders = rows)),
      newest(
        () => okx<{ details: Cash[] }>("GET", "/account/balance"),
        () => this.#toldOfCash,
        (rows) => (this.cash = rows.flatMap((one) => one.details).sort(byName)),
      ),
    ]);
    this.problem = orders ?? balance;
    this.isKnown = balance === null;
  }

  #ordered(order: Order): void {
    const before = this.orders.find((one) => one.ordId === order.ordId)?.accFillSz ?? "0";
    if (order.accFillSz !== before && order.accFillSz !== "0") {
      const size = order.state === "filled" ? order.accFillSz : `${order.accFillSz} / ${order.sz}`;
      toasts.show("done", say("notice-filled", { name: order.instId }), `${say(`side-${order.side}`)} ${size} @ ${order.avgPx}`);
    }
    const others = this.orders.filter((one) => one.ordId !== order.ordId);
    this.orders = ENDED.has(order.state) ? others : [order, ...others];
    this.changes++;
  }
}

/** By the user's own connection where it is open, else by REST: either way the same command, and one answer. */
async function sent(op: string, body: object): Promise<Answer<Record<string, string>>> {
  const answer = await answered(op, body);
  // Texts wait, and the page does not know it; or it says so, and they were accepted elsewhere.
  const waits = !answer.ok && answer.problem.code === TERMS_FIRST;
  if (waits || (answer.ok && op !== "cancel-order" && terms.stopOrders)) void terms.ask();
  return answer;
}

async function answered(op: string, body: object): Promise<Answer<Record<string, string>>> {
  if (live.user === null || live.own !== "open") {
    const path = { order: "/trade/order", "cancel-order": "/trade/cancel-order", "amend-order": "/trade/amend-order" }[op];
    const answer = await okx<Record<string, string>>("POST", path ?? "", body);
    return answer.ok ? { ok: true, data: answer.data[0] ?? {} } : answer;
  }
  return answerOf(await live.user.request(op, [body]));
}

export function answerOf(reply: Reply): Answer<Record<string, string>> {
  const row = reply.data[0] ?? {};
  const code = row["sCode"] ?? reply.code;
  if (code === "0" && reply.code === "0") return { ok: true, data: row };
  return { ok: false, problem: { code: code === "0" ? reply.code : code, text: row["sMsg"] || reply.msg, values: {} } };
}

const byName = (one: Cash, other: Cash) => one.ccy.localeCompare(other.ccy);

export const account = new Account();
