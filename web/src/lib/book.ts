/**
 * A book as the `books` channel tells it: a snapshot, then what changes. Prices and sizes are whole numbers of the
 * instrument's scales. Nothing here draws: it is read once a frame, however many changes came.
 */

import { ceilTo, floorTo, parse, type Amount, type Price, type Scale } from "./money";
import type { Push } from "./socket";

export interface Level {
  price: Price;
  size: Amount;
  /** Of this level and all that are better. */
  sum: Amount;
  /** How much of it is the reader's own. */
  own: Amount;
}
export interface BookRow {
  bids: string[][];
  asks: string[][];
  ts: string;
  seqId: number;
  prevSeqId: number;
}

export class Book {
  /** Sizes by price, and the prices in order, the best first. */
  readonly bids = new Side((one, other) => one > other);
  readonly asks = new Side((one, other) => one < other);
  #sequence = -1;
  /** False until the snapshot has come, and from a gap on. */
  isWhole = false;

  constructor(
    private readonly priceScale: Scale,
    private readonly sizeScale: Scale,
  ) {}

  clear(): void {
    this.bids.clear();
    this.asks.clear();
    this.isWhole = false;
  }

  /** False: something was missed, so that the channel must be asked for anew. */
  take(push: Push<BookRow>): boolean {
    for (const row of push.data) {
      if (push.action === "snapshot") {
        this.clear();
        this.isWhole = true;
      } else if (!this.isWhole || row.prevSeqId > this.#sequence) {
        this.isWhole = false;
        return false;
      }
      this.#side(this.bids, row.bids);
      this.#side(this.asks, row.asks);
      this.#sequence = row.seqId;
    }
    return true;
  }

  /** The best levels of a side, prices gathered to whole steps: bids down, asks up, so that none looks better than it is. */
  levels(side: "bids" | "asks", step: bigint, most: number, own: ReadonlyMap<bigint, bigint>): Level[] {
    const gather = side === "bids" ? floorTo : ceilTo;
    const { sizes, prices } = this[side];
    const found: Level[] = [];
    let sum = 0n;
    for (const price of prices) {
      const at = gather(price, step);
      const size = sizes.get(price) ?? 0n;
      const mine = own.get(price) ?? 0n;
      const last = found.at(-1);
      if (last?.price === at) {
        last.size = (last.size + size) as Amount;
        last.own = (last.own + mine) as Amount;
        last.sum = (last.sum + size) as Amount;
      } else {
        if (found.length === most) break;
        found.push({ price: at as Price, size: size as Amount, sum: (sum + size) as Amount, own: mine as Amount });
      }
      sum += size;
    }
    return found;
  }

  /** The worst price that a market order of this size meets, and what is left where the book is too thin. */
  walk(side: "bids" | "asks", size: Amount): { worst: Price | null; left: Amount } {
    const { sizes, prices } = this[side];
    let left: bigint = size;
    let worst: Price | null = null;
    for (const price of prices) {
      if (left <= 0n) break;
      left -= sizes.get(price) ?? 0n;
      worst = price as Price;
    }
    return { worst, left: (left > 0n ? left : 0n) as Amount };
  }

  #side(side: Side, rows: string[][]): void {
    for (const [price = "", size = ""] of rows) {
      const at = parse<Price>(price, this.priceScale);
      const of = parse<Amount>(size, this.sizeScale);
      if (at !== null && of !== null) side.set(at, of);
    }
  }
}

/** One side of a book. It is kept in order as it changes: it changes a little, and is read from its best price on. */
class Side {
  readonly sizes = new Map<bigint, bigint>();
  readonly prices: bigint[] = [];

  constructor(private readonly isBetter: (one: bigint, other: bigint) => boolean) {}

  clear(): void {
    this.sizes.clear();
    this.prices.length = 0;
  }

  /** A size of nothing takes the price out. */
  set(price: bigint, size: bigint): void {
    const isThere = this.sizes.has(price);
    if (size === 0n) {
      if (!isThere) return;
      this.sizes.delete(price);
      this.prices.splice(this.#placeOf(price), 1);
      return;
    }
    this.sizes.set(price, size);
    if (!isThere) this.prices.splice(this.#placeOf(price), 0, price);
  }

  /** Where a price is, or would be. */
  #placeOf(price: bigint): number {
    let [low, high] = [0, this.prices.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.isBetter(this.prices[middle] ?? price, price)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
