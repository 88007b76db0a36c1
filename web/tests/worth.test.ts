import { describe, expect, it } from "vitest";
import type { Fill } from "../src/lib/account.svelte";
import type { Ticker } from "../src/lib/market.svelte";
import type { Price } from "../src/lib/money";
import { worthOf } from "../src/lib/worth";
import { gainOf, openGain } from "../src/pages/terminal/pnl";

const fill = (side: "buy" | "sell", fillSz: string, fillPx: string, fee: string, ts: string, feeCcy = "USDT"): Fill => ({
  ...{ instId: "BTC-USDT", tradeId: ts, ordId: ts, billId: ts, execType: "T" },
  ...{ side, fillSz, fillPx, fee, feeCcy, ts },
});
const E18 = 10n ** 18n;

describe("WB-11: a gain is by average cost", () => {
  it("takes what was sold at what it has cost, whatever the order in which fills come", () => {
    const gain = gainOf([fill("sell", "0.4", "120", "-0.5", "2"), fill("buy", "1", "100", "-1", "1")], "BTC");
    expect(gain).toEqual({ held: (E18 * 6n) / 10n, cost: (E18 * 606n) / 10n, realised: (E18 * 71n) / 10n, foreign: 0n });
    expect(openGain(gain, 110n as Price, 0)).toBe((E18 * 54n) / 10n);
  });
  it("counts what was sold and not bought by these fills, and makes no gain of it", () => {
    const gain = gainOf([fill("sell", "2", "120", "0", "1")], "BTC");
    expect(gain).toEqual({ held: 0n, cost: 0n, realised: 0n, foreign: 2n * E18 });
  });
  it("takes a fee that was charged in base off what is held", () => {
    expect(gainOf([fill("buy", "1", "100", "-0.001", "1", "BTC")], "BTC").held).toBe((E18 * 999n) / 1000n);
  });
});

describe("WB-9: what an amount is worth, rounded down", () => {
  const ticker = { instId: "BTC-USDT", last: "60001", ts: "1" } as Ticker;
  const tickers = new Map([[ticker.instId, ticker]]);
  it("goes by the last price of a market that has both, either way round", () => {
    expect(worthOf("0.5", "BTC", "USDT", tickers)).toEqual({ value: 3_000_050_000_000n, by: ticker });
    expect(worthOf("60001", "USDT", "BTC", tickers)).toEqual({ value: 100_000_000n, by: ticker });
    expect(worthOf("1", "USDT", "BTC", tickers)?.value).toBe(1_666n);
  });
  it("is the amount itself in its own currency, and nothing where no market has both", () => {
    expect(worthOf("1.5", "USDT", "USDT", tickers)).toEqual({ value: 150_000_000n, by: null });
    expect(worthOf("1", "ETH", "USDT", tickers)).toBeNull();
  });
});
