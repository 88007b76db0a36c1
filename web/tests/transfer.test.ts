import { describe, expect, it } from "vitest";
import { requestOf, wrongWith, type End } from "../src/pages/account/transfer";

const TRADING: End = { account: "", part: "trading" };
const FUNDING: End = { account: "", part: "funding" };
const SUB: End = { account: "trader1", part: "trading" };
const OTHER: End = { account: "trader2", part: "funding" };

describe("WB-14: a transfer between own accounts", () => {
  it("is asked for as the kind that it is", () => {
    expect(requestOf(TRADING, FUNDING, "USDT", "1.5", "w1")).toEqual({
      path: "/asset/transfer",
      body: { ccy: "USDT", amt: "1.5", from: "18", to: "6", type: "0", clientId: "w1" },
    });
    expect(requestOf(FUNDING, SUB, "USDT", "1", "w2").body).toEqual({ ccy: "USDT", amt: "1", from: "6", to: "18", type: "1", subAcct: "trader1", clientId: "w2" });
    expect(requestOf(SUB, TRADING, "USDT", "1", "w3").body).toMatchObject({ from: "18", to: "18", type: "2", subAcct: "trader1" });
    expect(requestOf(SUB, OTHER, "USDT", "1", "w4")).toEqual({
      path: "/asset/subaccount/transfer",
      body: { ccy: "USDT", amt: "1", from: "18", to: "6", fromSubAccount: "trader1", toSubAccount: "trader2" },
    });
  });

  it("is refused before it is sent, in words, where it cannot be", () => {
    expect(wrongWith(TRADING, TRADING, "1", "5")).toBe("same");
    expect(wrongWith(SUB, { ...SUB, part: "funding" }, "1", "5")).toBe("inside");
    expect(wrongWith(TRADING, FUNDING, "", "5")).toBeNull();
    for (const amount of ["0", "-1", "x", "1e3", "1,5"]) expect(wrongWith(TRADING, FUNDING, amount, "5")).toBe("amount");
  });

  it("compares whole numbers, to the last of eighteen decimals", () => {
    expect(wrongWith(TRADING, FUNDING, "9007199254740993.000000000000000001", "9007199254740993")).toBe("too-much");
    expect(wrongWith(TRADING, FUNDING, "9007199254740993", "9007199254740993.000000000000000001")).toBeNull();
  });
});
