/** The book and the trades of one instrument while its page is open, drawn once a frame. */

import { okx } from "../../lib/api";
import { Book, type BookRow } from "../../lib/book";
import { onceAFrame } from "../../lib/frame";
import { live } from "../../lib/live.svelte";
import { scalesOf, type Instrument, type Scales } from "../../lib/market.svelte";

export interface Trade {
  tradeId: string;
  px: string;
  sz: string;
  side: "buy" | "sell";
  ts: string;
}
/** A trade and the row of the list that it has: who comes takes the row of who leaves. */
export interface Listed {
  row: number;
  trade: Trade;
}
const TRADES_MOST = 40;
/** Rows of text are read: ten changes a second are enough of them. */
const APART_MS = 100;

export class Watched {
  readonly instrument: Instrument;
  readonly scales: Scales;
  readonly book: Book;
  /** Grows with each frame in which the book has changed. */
  version = $state(0);
  /** The newest first. */
  trades = $state.raw<Listed[]>([]);
  #fresh: Trade[] = [];
  #listed = 0;
  #stop: (() => void) | null = null;

  constructor(instrument: Instrument) {
    this.instrument = instrument;
    this.scales = scalesOf(instrument);
    this.book = new Book(this.scales.price, this.scales.size);
  }

  follow(): () => void {
    const instId = this.instrument.instId;
    const trades = live.public.listen<Trade>({ channel: "trades", instId }, (push) => {
      this.#fresh.push(...push.data);
      if (this.#fresh.length > 10 * TRADES_MOST) this.#fresh = this.#fresh.slice(-TRADES_MOST);
      this.#drawTrades();
    });
    this.#listen();
    void okx<Trade>("GET", "/market/trades", { instId, limit: String(TRADES_MOST) }).then((told) => {
      if (told.ok && this.trades.length === 0) this.#list(told.data.toReversed());
    });
    return () => {
      trades();
      this.#stop?.();
    };
  }

  #listen(): void {
    this.#stop = live.public.listen<BookRow>(
      { channel: "books", instId: this.instrument.instId },
      (push) => {
        if (this.book.take(push)) return this.#drawBook();
        this.#stop?.();
        this.#listen();
      },
      () => this.book.clear(),
    );
  }

  #drawBook = onceAFrame(() => this.version++, APART_MS);
  #drawTrades = onceAFrame(() => {
    this.#list(this.#fresh);
    this.#fresh = [];
  }, APART_MS);

  /** @param fresh the newest last. */
  #list(fresh: Trade[]): void {
    const listed = fresh.slice(-TRADES_MOST).map((trade) => ({ row: this.#listed++ % TRADES_MOST, trade }));
    this.trades = [...listed.reverse(), ...this.trades].slice(0, TRADES_MOST);
  }
}
