/** The instruments that the brand lists, and their tickers as they change. */

import type { components } from "../generated/okx";
import { okx, type Problem } from "./api";
import { onceAFrame } from "./frame";
import { live } from "./live.svelte";
import { scaleOf, type Scale } from "./money";

type Told = components["schemas"];
export type Instrument = Pick<Told["Instrument"], "instId" | "baseCcy" | "quoteCcy" | "tickSz" | "lotSz" | "minSz" | "state">;
export type Ticker = Pick<
  Told["Ticker"],
  "instId" | "last" | "open24h" | "high24h" | "low24h" | "vol24h" | "volCcy24h" | "askPx" | "bidPx" | "ts"
>;
export interface Scales {
  price: Scale;
  size: Scale;
}
const FAVOURITES = "favourites";
/** Prices of the whole market are read, not watched: four changes a second are enough of them. */
const APART_MS = 250;

class Market {
  instruments = $state.raw<Instrument[]>([]);
  tickers = $state.raw<ReadonlyMap<string, Ticker>>(new Map());
  state = $state<"loading" | "ready" | "failed">("loading");
  problem = $state.raw<Problem | null>(null);
  favourites = $state<string[]>(read());
  /** Of each instrument as it was told last: "live" where orders are taken. */
  states = $state.raw<ReadonlyMap<string, string>>(new Map());
  /** Counts what the channel has told of instruments. */
  told = $state(0);
  #fresh = new Map<string, Ticker>();
  #heard = new Map<string, () => void>();
  #hearers = new Set<(fresh: ReadonlyMap<string, Ticker>) => void>();
  #asked: Promise<void> | null = null;
  #following: (() => void) | null = null;

  /** The list, fetched once; again after a failure. */
  need(): Promise<void> {
    return (this.#asked ??= this.#fetch());
  }

  find(name: string): Instrument | undefined {
    return this.instruments.find((one) => one.instId === name);
  }

  /** Hear the ticker of an instrument from now on. */
  follow(name: string): void {
    if (this.#heard.has(name)) return;
    this.#heard.set(
      name,
      live.public.listen<Ticker>({ channel: "tickers", instId: name }, (push) => {
        for (const row of push.data) this.#fresh.set(row.instId, row);
        this.#draw();
      }),
    );
  }

  /** Be told of the tickers that have changed, until the function that this returns is called. */
  hear(hearer: (fresh: ReadonlyMap<string, Ticker>) => void): () => void {
    this.#hearers.add(hearer);
    return () => this.#hearers.delete(hearer);
  }

  /** What was asked for beside the channel: which are listed, and which of them take no orders. */
  take(listed: readonly string[], closed: ReadonlySet<string>): void {
    this.states = new Map(listed.map((name) => [name, closed.has(name) ? "suspend" : "live"]));
    const left = this.instruments.filter((one) => this.states.has(one.instId));
    if (left.length < this.instruments.length) this.instruments = left;
  }

  star(name: string): void {
    const others = this.favourites.filter((one) => one !== name);
    this.favourites = others.length === this.favourites.length ? [...others, name] : others;
    localStorage.setItem(FAVOURITES, JSON.stringify(this.favourites));
  }

  #draw = onceAFrame(() => {
    this.tickers = new Map([...this.tickers, ...this.#fresh]);
    for (const hear of this.#hearers) hear(this.#fresh);
    this.#fresh = new Map();
  }, APART_MS);

  /** Those that are new, and what became of those that are known, which stay the same to who draws them. */
  #changed(rows: readonly Instrument[]): void {
    this.states = new Map([...this.states, ...rows.map((one): [string, string] => [one.instId, one.state])]);
    const fresh = rows.filter((one) => this.find(one.instId) === undefined);
    if (fresh.length) this.instruments = [...this.instruments, ...fresh];
    this.told++;
  }

  async #fetch(): Promise<void> {
    this.state = "loading";
    void this.#fetchTickers();
    const listed = await okx<Instrument>("GET", "/public/instruments", { instType: "SPOT" });
    if (!listed.ok) {
      this.problem = listed.problem;
      this.state = "failed";
      this.#asked = null;
      return;
    }
    this.instruments = listed.data;
    this.states = new Map(listed.data.map((one) => [one.instId, one.state]));
    this.#following ??= live.public.listen<Instrument>({ channel: "instruments", instType: "SPOT" }, (push) => this.#changed(push.data));
    this.state = "ready";
  }

  /** Beside the list, which does not wait for them; what was told since is newer. */
  async #fetchTickers(): Promise<void> {
    const told = await okx<Ticker>("GET", "/market/tickers", { instType: "SPOT" });
    if (told.ok) this.tickers = new Map([...told.data.map((one) => [one.instId, one] as const), ...this.tickers]);
  }
}

export const scalesOf = (instrument: Instrument): Scales => ({
  price: scaleOf(instrument.tickSz),
  size: scaleOf(instrument.lotSz),
});

/** The change since 24 hours ago, in hundredths of a percent; null where there was no trade. */
export function changeOf(ticker: Ticker): bigint | null {
  const scale = Math.max(scaleOf(ticker.last), scaleOf(ticker.open24h));
  const whole = (text: string) => BigInt(text.replace(".", "") + "0".repeat(scale - (text.split(".")[1]?.length ?? 0)));
  if (!ticker.last || !ticker.open24h || scaleOf(ticker.last) < 0) return null;
  const [last, open] = [whole(trimmed(ticker.last)), whole(trimmed(ticker.open24h))];
  return open === 0n ? null : ((last - open) * 10_000n) / open;
}

const trimmed = (text: string) => (text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text);

function read(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(FAVOURITES) ?? "[]");
    return Array.isArray(kept) ? kept.filter((one): one is string => typeof one === "string") : [];
  } catch {
    return [];
  }
}

export const market = new Market();
