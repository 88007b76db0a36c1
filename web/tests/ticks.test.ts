import { describe, expect, it } from "vitest";
import { ticks } from "../src/parts/ticks";

const MIN = 60_000;
const from = (first: number, count: number, step: number) => Array.from({ length: count }, (_, number) => first + number * step);

describe("an axis of time", () => {
  it("names whole half minutes of two minutes, and not one more than there is room for", () => {
    const found = ticks(from(1_000, 120, 1_000));
    expect(found.map((one) => one.ms)).toEqual([30_000, 60_000, 90_000, 120_000]);
    expect(found[0]?.at).toBeCloseTo(29 / 119);
  });

  it("takes larger steps of a longer time", () => {
    expect(ticks(from(0, 61, MIN)).map((one) => one.ms / MIN)).toEqual([0, 15, 30, 45]);
    expect(ticks(from(0, 2, 900 * 24 * 60 * MIN))).toHaveLength(4);
  });

  it("stands where the sample of its time stands, however unequally they came", () => {
    const found = ticks([0, 1_000, 4_000], 2);
    expect(found.map((one) => one.ms)).toEqual([0, 2_000]);
    expect(found[1]?.at).toBeCloseTo((1 + 1 / 3) / 2);
  });

  it("is empty where no time has passed", () => {
    expect(ticks([])).toEqual([]);
    expect(ticks([5_000])).toEqual([]);
    expect(ticks([5_000, 5_000])).toEqual([]);
  });
});
