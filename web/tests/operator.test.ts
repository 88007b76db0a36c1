import { describe, expect, it } from "vitest";
import { matches, percentOf } from "../src/pages/help/search";
import { hourRoot, linkOf, wrongWith, type SignedHour } from "../src/pages/operator/chain";
import { changed } from "../src/pages/operator/limits";

const ROOTS = ["11", "22", "33"].map((pair) => pair.repeat(32));

/** As the exchange's own code has signed it. */
function signed(): SignedHour {
  return {
    roots: ROOTS,
    signature: "cd".repeat(64),
    signed: {
      format: "commonbook-hour-1",
      hour: "5",
      key: "ab".repeat(32),
      number: "1",
      previous: "ee".repeat(32),
      program: "api",
      root: "83b00e8ea32861ad53ed0499210b118dc2ffd944606a8a73c3ca5ee7f417733e",
      statements: "3",
    },
  };
}

describe("a signed hour", () => {
  it("is recomputed as the exchange has made it", async () => {
    expect(await wrongWith(signed())).toBe("");
    expect(await linkOf(signed())).toBe("9ed8a24b52c0a768cd9204b34ab3c31842e052f54fce0e5ac08bdfe6458beb97");
    expect(await hourRoot([])).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect(await hourRoot(ROOTS.slice(0, 1))).toBe("e1577700e127f1ce6e20a4efc2d96a986979c755d9ab559af6b1755eb3f3220e");
  });

  it("that was altered in any place is another one", async () => {
    const fewer = signed();
    fewer.roots.pop();
    expect(await wrongWith(fewer)).toBe("root");
    const later = signed();
    later.signed["hour"] = "6";
    expect(await linkOf(later)).not.toBe(await linkOf(signed()));
  });
});

describe("limits", () => {
  it("send what was changed alone; what is emptied is taken away", () => {
    const before = { band: "5", reference: "60000", premium: "0", largest_size: "" };
    expect(changed(before, { ...before })).toEqual({});
    expect(changed(before, { band: "", reference: " 61000 ", premium: "", largest_size: "2" })).toEqual({
      band: "none",
      reference: "61000",
      premium: "0",
      largest_size: "2",
    });
  });
});

describe("help", () => {
  it("is found by all of the words, whatever their case", () => {
    expect(matches("FEE maker", ["A maker's order", "the fee"])).toBe(true);
    expect(matches("fee taker", ["A maker's order", "the fee"])).toBe(false);
    expect(matches("  ", ["anything"])).toBe(true);
  });

  it("tells a rate in per cent to its last digit", () => {
    expect(["0.001", "0.0002", "-0.00005", "0.01", "1", "0", "0.12345678"].map((one) => percentOf(one, "en"))).toEqual([
      "0.1 %",
      "0.02 %",
      "-0.005 %",
      "1 %",
      "100 %",
      "0 %",
      "12.345678 %",
    ]);
  });
});
