import { describe, expect, it } from "vitest";
import { Book } from "../src/lib/book";
import { amount, type Amount } from "../src/lib/money";
import { estimate } from "../src/pages/terminal/estimate";

const arg = { channel: "books", instId: "A-B" };
const row = (bids: string[][], asks: string[][], seqId: number, prevSeqId: number) => ({ bids, asks, ts: "0", seqId, prevSeqId });

function book(): Book {
  const made = new Book(1, 2);
  made.take({ arg, action: "snapshot", data: [row([["99.9", "1"], ["99.8", "2"], ["99.1", "3"]], [["100.1", "1"], ["100.2", "4"]], 5, -1)] });
  return made;
}

describe("the book", () => {
  it("takes what changes, and notices what it has missed", () => {
    const made = book();
    expect(made.take({ arg, action: "update", data: [row([["99.9", "0"]], [["100.1", "1.5"]], 8, 5)] })).toBe(true);
    expect(made.levels("bids", 1n, 9, new Map()).map((one) => one.price)).toEqual([998n, 991n]);
    expect(made.levels("asks", 1n, 1, new Map())[0]?.size).toBe(150n);
    expect(made.take({ arg, action: "update", data: [row([], [], 12, 10)] })).toBe(false);
    expect(made.isWhole).toBe(false);
  });

  it("gathers to a step so that no price looks better than it is, and marks one's own", () => {
    const made = book();
    const bids = made.levels("bids", 10n, 9, new Map([[998n, 50n]]));
    expect(bids).toEqual([{ price: 990n, size: 600n, sum: 600n, own: 50n }]);
    expect(made.levels("asks", 10n, 9, new Map())).toEqual([{ price: 1010n, size: 500n, sum: 500n, own: 0n }]);
  });

  it("has its prices in order, whatever came and went", () => {
    const made = book();
    const expected = new Map([["99.9", 100n], ["99.8", 200n], ["99.1", 300n]]);
    let seed = 7;
    for (let number = 0; number < 2_000; number++) {
      seed = (seed * 48_271) % 2_147_483_647;
      const price = `${90 + (seed % 10)}.${(seed >> 8) % 10}`;
      const size = (seed >> 16) % 3;
      made.take({ arg, action: "update", data: [row([[price, String(size)]], [[price, String(size)]], 6 + number, 5 + number)] });
      if (size) expected.set(price, BigInt(size) * 100n);
      else expected.delete(price);
    }
    const bids = made.levels("bids", 1n, 1_000, new Map());
    const sorted = [...expected].map(([price, size]) => [BigInt(Math.round(Number(price) * 10)), size]).sort((one, other) => Number(other[0]) - Number(one[0]));
    expect(bids.map((one) => [one.price, one.size])).toEqual(sorted);
    const prices = made.levels("asks", 1n, 1_000, new Map()).map((one) => one.price);
    expect(prices).toEqual([...prices].sort((one, other) => Number(one - other)));
    expect(prices.length).toBeGreaterThan(50);
  });

  it("says before an order is sent what it meets, costs and holds", () => {
    const rates = { maker: -10_000n, taker: 100_000n }; // -0.01 % and 0.1 %
    const size = amount("2", 2) as Amount;
    const told = estimate(book(), "buy", "market", size, null, { price: 1, size: 2 }, rates);
    expect(told).toEqual({ worst: 1002n, left: 0n, value: 20_040_000_000n, fee: 20_040_000n, hold: 20_060_040_000n });
    const thin = estimate(book(), "buy", "market", amount("9", 2) as Amount, null, { price: 1, size: 2 }, rates);
    expect(thin.left).toBe(400n);
    const sold = estimate(book(), "sell", "post_only", size, null, { price: 1, size: 2 }, rates);
    expect([sold.hold, sold.worst]).toEqual([size, null]);
  });
});
