import { describe, expect, it } from "vitest";
import { closedOf, haltText, type Closed } from "../src/lib/closed";

const NAME = "BTC-USDT";
const told = (status: Closed["status"], by: Closed["by"]): Closed => ({ instrument: NAME, status, by });

describe("WB-12: what cannot be done, and whose doing it is", () => {
  it("says that trading is suspended until the desk has said more", () => {
    expect(closedOf(NAME, "suspend", undefined)).toEqual(told("suspend", "instrument"));
    expect(closedOf(NAME, "suspend", told("halted", "venue"))).toEqual(told("halted", "venue"));
  });

  it("opens at once when the channel says live, whatever the desk has said before", () => {
    expect(closedOf(NAME, "live", told("halted", "instrument"))).toBeNull();
    expect(closedOf(NAME, undefined, undefined)).toBeNull();
  });

  it("stays closed at a brand that has ended trading, which the channel does not know", () => {
    expect(closedOf(NAME, "live", told("cancel-only", "ended"))).toEqual(told("cancel-only", "ended"));
  });

  it("knows what is not open yet", () => {
    expect(closedOf(NAME, "preopen", undefined)?.status).toBe("preopen");
  });

  it("has a text for each", () => {
    const texts = [
      told("halted", "instrument"),
      told("cancel-only", "instrument"),
      told("halted", "venue"),
      told("cancel-only", "venue"),
      told("cancel-only", "brand"),
      told("cancel-only", "ended"),
      told("suspend", "instrument"),
      told("preopen", "instrument"),
    ].map(haltText);
    expect(texts).toEqual([
      "halt-halted",
      "halt-cancel-only",
      "halt-halted-venue",
      "halt-cancel-only-venue",
      "halt-brand",
      "halt-ended",
      "halt-suspend",
      "halt-preopen",
    ]);
  });
});
