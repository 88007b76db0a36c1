import { describe, expect, it } from "vitest";
import { hourRead, hourText } from "../src/pages/operator/hours";
import { changedBy, inForce, picture, rowOf, tiersOf, worth, type RateRow } from "../src/pages/operator/rates";

const row = (tier: number, rate: string, more: Partial<RateRow> = {}): RateRow => ({
  tier,
  rate,
  affiliated: null,
  product: null,
  role: null,
  level_from: 0,
  level_to: 9,
  ...more,
});
const spot = { tier: 1, product: "spot", role: "taker", affiliated: false, level: 5 };

describe("a schedule of rates", () => {
  it("has for a case what the first row says that it lies in", () => {
    const rows = [row(1, "12.5", { product: "spot", level_from: 5 }), row(1, "25")];
    expect(rowOf(rows, spot)?.rate).toBe("12.5");
    expect(rowOf(rows, { ...spot, level: 4 })?.rate).toBe("25");
    expect(rowOf(rows, { ...spot, product: "futures" })?.rate).toBe("25");
    expect(rowOf(rows, { ...spot, tier: 2 })).toBeUndefined();
  });

  it("is drawn with a line for each product and role, and two where affiliates make a difference", () => {
    const alike = picture([row(1, "25"), row(2, "50")], 1);
    expect(alike.map((line) => [line.product, line.role, line.affiliated])).toEqual([
      ["spot", "taker", null],
      ["spot", "maker", null],
      ["futures", "taker", null],
      ["futures", "maker", null],
      ["options", "taker", null],
      ["options", "maker", null],
    ]);
    expect(alike[0]?.cells[9]).toEqual({ rate: "25", depth: 0.5, changed: false });
    const apart = picture([row(1, "5", { affiliated: true }), row(1, "25")], 1);
    expect(apart).toHaveLength(12);
    expect(apart.slice(0, 2).map((line) => [line.affiliated, line.cells[0]?.rate])).toEqual([[false, "25"], [true, "5"]]);
  });

  it("marks what a draft changes, and takes along no row that holds nowhere any more", () => {
    const before = [row(1, "25"), row(2, "30")];
    const drawn = changedBy(before, [row(1, "26", { role: "maker" }), row(2, "31")]);
    expect(drawn.map((one) => [one.tier, one.rate])).toEqual([[1, "26"], [2, "31"], [1, "25"]]);
    expect(picture(drawn, 1, before).map((line) => line.cells[0]?.changed)).toEqual([false, true, false, true, false, true]);
    expect(picture(changedBy(before, [row(1, "25.0")]), 1, before).flatMap((line) => line.cells).some((cell) => cell.changed)).toBe(false);
    expect(tiersOf(drawn)).toEqual([1, 2]);
  });

  it("has the version in force whose hour has come last", () => {
    const versions = [
      { version: 4, from_hour: 200, from_time: "", rows: [] },
      { version: 3, from_hour: 100, from_time: "", rows: [] },
      { version: 2, from_hour: 100, from_time: "", rows: [] },
    ];
    expect(inForce(versions, 150)?.version).toBe(3);
    expect(inForce(versions, 200)?.version).toBe(4);
    expect(inForce(versions, 99)).toBeUndefined();
  });

  it("reads per cent exactly, and nothing else", () => {
    expect(worth("7.5")).toBe(7_500_000n);
    expect(worth("7,5")).toBe(7_500_000n);
    expect(worth("seven")).toBeNull();
  });
});

describe("an hour", () => {
  it("is that of UTC, whole, or the next one where none is said", () => {
    expect(hourRead("1970-01-02T03:00")).toBe(27);
    expect(hourText(27)).toBe("1970-01-02T03:00");
    expect(hourRead("")).toBe(0);
    expect(hourRead("1970-01-02T03:30")).toBeNull();
    expect(hourRead("soon")).toBeNull();
  });
});
