/** The live channel of the broker who is signed in: what is earned, what its orders do, what it is warned of. WS-19. */

import { live } from "../../lib/live.svelte";
import type { Push, State } from "../../lib/socket";
import { keyOf, paidIn, type Accrual } from "./accrual";
import type { Notice } from "./shapes";

export interface OrderEvent {
  event: "accepted" | "fill" | "amended" | "canceled" | "refused";
  time_ns: string;
  order: string;
  client: string;
  instrument: string;
  side: string;
  price: string;
  quantity: string;
  /** Of a canceled order what was not filled. */
  left: string;
  fill: string;
  role: string;
  fee: string;
  fee_asset: string;
  reason: string;
}
interface News<Row> {
  kind: string;
  seqId: number;
  prevSeqId: number;
  rows: Row[];
}
const EVENTS_MOST = 30;
const POINTS_MOST = 240;

export class BrokerNews {
  state = $state<State>("connecting");
  /** Whether a snapshot has come: before it nothing is known. */
  begun = $state(false);
  rows = $state.raw<Accrual[]>([]);
  events = $state.raw<OrderEvent[]>([]);
  alerts = $state.raw<Notice[]>([]);
  /** What the hour that runs has come to, at each push: only the shape of it counts. */
  line = $state.raw<number[]>([]);

  get hours(): string[] {
    return [...new Set(this.rows.map((one) => one.hour))].sort().reverse();
  }

  /** Listen until the function that this returns is called. */
  follow(): () => void {
    const socket = live.ownBusiness((state) => (this.state = state));
    const ends = [
      socket.listen<News<Accrual>>({ channel: "broker", kind: "accrual" }, (push) => this.#accrued(push)),
      socket.listen<News<OrderEvent>>({ channel: "broker", kind: "orders" }, (push) => {
        const told = push.data.flatMap((one) => one.rows);
        if (told.length) this.events = [...told.reverse(), ...this.events].slice(0, EVENTS_MOST);
      }),
      socket.listen<News<Notice>>({ channel: "broker", kind: "alerts" }, (push) => {
        const told = push.data.flatMap((one) => one.rows);
        this.alerts = (push.action === "snapshot" ? told : [...this.alerts, ...told]).toSorted((one, other) => other.notice - one.notice);
      }),
    ];
    return () => {
      for (const end of ends) end();
      socket.end();
    };
  }

  /** Each row is whole, so that the newest of its hour, product, way and asset counts. */
  #accrued(push: Push<News<Accrual>>): void {
    const told = push.data.flatMap((one) => one.rows);
    const kept = push.action === "snapshot" ? [] : this.rows.filter((one) => !told.some((new_) => keyOf(new_) === keyOf(one)));
    const rows = [...kept, ...told];
    const newest = [...new Set(rows.map((one) => one.hour))].sort().slice(-2);
    const wasHour = this.hours[0];
    this.rows = rows.filter((one) => newest.includes(one.hour)).toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
    this.begun = true;
    const now = Number(paidIn(this.rows, this.hours[0] ?? ""));
    this.line = wasHour === this.hours[0] ? [...this.line, now].slice(-POINTS_MOST) : [now];
  }
}
