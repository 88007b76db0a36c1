/**
 * One WebSocket of the OKX v5 API: subscriptions that outlive a connection, a login by a ticket, requests with answers.
 *
 * When a connection is lost it is made again, later each time; all subscriptions are asked for once more, and whoever
 * listens is told that the stream began anew, since what was missed is not told again.
 */

export type State = "connecting" | "open" | "stale" | "closed";
export type Arg = Readonly<Record<string, string>>;
export interface Push<Row> {
  arg: Arg;
  action?: "snapshot" | "update";
  data: Row[];
}
export type Reply = { code: string; msg: string; data: Record<string, string>[] };

interface Listener {
  arg: Arg;
  push: (push: Push<never>) => void;
  began?: () => void;
}
/** What is used of a WebSocket, so that the tests can bring their own. */
export type Wire = Pick<WebSocket, "send" | "close" | "readyState"> & {
  onopen: (() => void) | null;
  onclose: (() => void) | null;
  onmessage: ((event: { data: string }) => void) | null;
};

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
const PING_MS = 15_000;
const STALE_MS = 25_000;
const REPLY_MS = 10_000;

export class Socket {
  state: State = "connecting";
  #wire: Wire | null = null;
  #listeners = new Map<string, Set<Listener>>();
  #replies = new Map<string, (reply: Reply) => void>();
  #heard = 0;
  #failures = 0;
  #ready = false;
  #ended = false;
  #numbered = 0;
  #timers: ReturnType<typeof setTimeout>[] = [];

  /**
   * @param open makes a connection.
   * @param ticket for a private one: gets what logs it in, null where nobody is signed in any more.
   * @param changed told of each new state.
   */
  constructor(
    private readonly open: () => Wire,
    private readonly ticket: (() => Promise<string | null>) | null,
    private readonly changed: (state: State) => void,
  ) {}

  start(): void {
    this.#connect();
    this.#every(PING_MS, () => this.#look());
  }

  end(): void {
    this.#ended = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#wire?.close();
    this.#be("closed");
  }

  /** Hear of a channel until the function that this returns is called. */
  listen<Row>(arg: Arg, push: (push: Push<Row>) => void, began?: () => void): () => void {
    const key = keyOf(arg);
    const listener = { arg, push, ...(began ? { began } : {}) } as Listener;
    const all = this.#listeners.get(key) ?? new Set<Listener>();
    this.#listeners.set(key, all.add(listener));
    if (this.#ready) {
      // A channel that is heard already is asked for anew: the newcomer needs the snapshot, too.
      if (all.size > 1) this.#send({ op: "unsubscribe", args: [arg] });
      this.#send({ op: "subscribe", args: [arg] });
    }
    return () => {
      all.delete(listener);
      if (all.size) return;
      this.#listeners.delete(key);
      if (this.#ready) this.#send({ op: "unsubscribe", args: [arg] });
    };
  }

  /** An order, an amendment or a cancel. Its answer is never awaited for longer than 10 s; it may still have happened. */
  request(op: string, args: object[]): Promise<Reply> {
    if (!this.#ready) return Promise.resolve({ code: "offline", msg: "", data: [] });
    const id = `w${++this.#numbered}`;
    return new Promise((resolve) => {
      const timer = setTimeout(() => done({ code: "late", msg: "", data: [] }), REPLY_MS);
      const done = (reply: Reply) => {
        clearTimeout(timer);
        this.#replies.delete(id);
        resolve(reply);
      };
      this.#replies.set(id, done);
      this.#send({ id, op, args });
    });
  }

  #connect(): void {
    if (this.#ended) return;
    this.#be("connecting");
    const wire = (this.#wire = this.open());
    wire.onopen = () => void this.#opened(wire);
    wire.onmessage = (event) => this.#came(event.data);
    wire.onclose = () => this.#lost(wire);
  }

  async #opened(wire: Wire): Promise<void> {
    this.#heard = Date.now();
    if (this.ticket === null) return this.#begin();
    const ticket = await this.ticket();
    if (this.#wire !== wire || this.#ended) return;
    if (ticket === null) return this.end();
    if (ticket === "") return wire.close(); // not now, as for who asks too often: again a little later
    this.#send({ op: "login", args: [{ ticket }] });
  }

  #begin(): void {
    this.#ready = true;
    this.#failures = 0;
    const all = [...this.#listeners.values()].map((listeners) => [...listeners]);
    for (const listener of all.flat()) listener.began?.();
    const args = all.flatMap((listeners) => (listeners[0] ? [listeners[0].arg] : []));
    if (args.length) this.#send({ op: "subscribe", args });
    this.#be("open");
  }

  #lost(wire: Wire): void {
    if (this.#wire !== wire) return;
    this.#wire = null;
    this.#ready = false;
    for (const done of [...this.#replies.values()]) done({ code: "late", msg: "", data: [] });
    if (this.#ended) return;
    this.#be("connecting");
    const wait = Math.min(FIRST_WAIT_MS * 2 ** this.#failures++, LONGEST_WAIT_MS);
    this.#timers.push(setTimeout(() => this.#connect(), wait * (0.75 + Math.random() / 2)));
  }

  #came(text: string): void {
    this.#heard = Date.now();
    if (this.state === "stale") this.#be("open");
    if (text === "pong") return;
    const told = JSON.parse(text) as Partial<Push<never> & Reply> & { id?: string; op?: string; event?: string };
    if (told.event === "login" && told.code === "0") this.#begin();
    else if (told.id !== undefined && told.op !== undefined) this.#replies.get(told.id)?.(told as Reply);
    else if (told.event === undefined && told.arg && told.data) this.#pushed(told as Push<never>);
  }

  #pushed(push: Push<never>): void {
    for (const listeners of this.#listeners.values()) {
      for (const listener of listeners) if (isOf(push.arg, listener.arg)) listener.push(push);
    }
  }

  #look(): void {
    if (this.#wire === null) return;
    const silent = Date.now() - this.#heard;
    if (silent > STALE_MS && this.#ready) this.#be("stale");
    if (silent > 2 * STALE_MS) {
      const wire = this.#wire;
      wire.close();
      this.#lost(wire);
    } else if (this.#wire.readyState === 1) this.#wire.send("ping");
  }

  #send(message: object): void {
    if (this.#wire?.readyState === 1) this.#wire.send(JSON.stringify(message));
  }

  #be(state: State): void {
    if (this.state === state) return;
    this.state = state;
    this.changed(state);
  }

  #every(ms: number, work: () => void): void {
    const again = () => {
      work();
      if (!this.#ended) this.#timers = [setTimeout(again, ms)];
    };
    this.#timers.push(setTimeout(again, ms));
  }
}

const keyOf = (arg: Arg): string => JSON.stringify(Object.entries(arg).sort());
/** A push may say more than was asked for, as whose account it is. */
function isOf(told: Arg, asked: Arg): boolean {
  for (const name in asked) if (told[name] !== asked[name]) return false;
  return true;
}
