/**
 * Price alerts. Those of who is signed in are kept by the exchange, which tells them whether a page is open or not; those
 * of others in this browser, told by it while one is. Either way an open page says so at once. WB-9, WB-13.
 */

import { desk, type Problem } from "../../lib/api";
import { inbox } from "../../lib/inbox.svelte";
import { keep, kept } from "../../lib/kept";
import { market } from "../../lib/market.svelte";
import { parse, scaleOf, type Price } from "../../lib/money";
import { sessions } from "../../lib/session.svelte";
import { say } from "../../lib/texts.svelte";
import { toasts } from "../../lib/toasts.svelte";

export interface Alert {
  /** At the exchange; empty: it is kept in this browser. */
  id: string;
  instId: string;
  price: string;
  /** From which side the price has to come. */
  when: "above" | "below";
}
interface Told {
  id: string;
  instrument: string;
  price: string;
  rises: boolean;
}
const KEY = "alerts";
const PATH = "/account/v1/price-alerts";
/** Until the exchange has looked as well, so that the bell tells of it, too. */
const LOOKED_MS = 3_000;

class Alerts {
  #here = $state<Alert[]>(kept<Omit<Alert, "id">[]>(KEY, []).map((one) => ({ ...one, id: "" })));
  #there = $state.raw<Alert[]>([]);
  #hearing: (() => void) | null = null;

  get all(): Alert[] {
    return [...this.#there, ...this.#here];
  }

  /** In an effect, for whoever is signed in: ask for theirs, and watch the markets that have an alert. */
  watch(): void {
    this.#hearing ??= market.hear((fresh) => this.#heard(fresh));
    this.#follow();
    if (sessions.now) void this.#fetch();
    else this.#there = [];
  }

  /** Told when the price comes to it from where it is now. null: it is kept. */
  async add(instId: string, price: string, last: string): Promise<Problem | null> {
    if (sessions.now) {
      const answer = await desk<Told>("POST", PATH, { instrument: instId, price });
      if (!answer.ok) return answer.problem;
      this.#there = [...this.#there, ofExchange(answer.data)];
    } else {
      const when = reached({ price, when: "above" }, last) ? "below" : "above";
      this.#be([...this.#here, { id: "", instId, price, when }]);
    }
    this.#follow();
    return null;
  }

  /** null: it is gone. */
  async drop(alert: Alert): Promise<Problem | null> {
    if (!alert.id) {
      this.#be(this.#here.filter((one) => one !== alert));
      return null;
    }
    const answer = await desk<Told[]>("DELETE", `${PATH}/${alert.id}`);
    if (answer.ok) this.#there = answer.data.map(ofExchange);
    return answer.ok ? null : answer.problem;
  }

  #follow(): void {
    for (const one of this.all) market.follow(one.instId);
  }

  #heard(fresh: ReadonlyMap<string, { last: string }>): void {
    const come = this.all.filter((one) => reached(one, fresh.get(one.instId)?.last ?? ""));
    if (come.length === 0) return;
    for (const alert of come) {
      const price = fresh.get(alert.instId)?.last ?? "";
      toasts.show("note", say("alert-told", { name: alert.instId, price }), say(`alert-${alert.when}`, { price: alert.price }));
    }
    this.#there = this.#there.filter((one) => !come.includes(one));
    this.#be(this.#here.filter((one) => !come.includes(one)));
    if (come.some((one) => one.id)) setTimeout(() => void inbox.count(), LOOKED_MS);
  }

  async #fetch(): Promise<void> {
    const answer = await desk<Told[]>("GET", PATH);
    if (!answer.ok) return;
    this.#there = answer.data.map(ofExchange);
    this.#follow();
  }

  #be(all: Alert[]): void {
    this.#here = all;
    keep(KEY, all.map(({ instId, price, when }) => ({ instId, price, when })));
  }
}

const ofExchange = (one: Told): Alert => ({ id: one.id, instId: one.instrument, price: one.price, when: one.rises ? "above" : "below" });

export function reached(alert: Pick<Alert, "price" | "when">, last: string): boolean {
  const scale = Math.max(scaleOf(alert.price), scaleOf(last));
  const [wanted, now] = [parse<Price>(alert.price, scale), parse<Price>(last, scale)];
  if (wanted === null || now === null) return false;
  return alert.when === "above" ? now >= wanted : now <= wanted;
}

export const alerts = new Alerts();
