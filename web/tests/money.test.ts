import { describe, expect, it } from "vitest";
import { amount, cost, decimal, floorTo, ceilTo, portion, price, rescaled, scaleOf, shown, shownText, type Amount, type Price } from "../src/lib/money";

describe("WB-1: money is whole numbers", () => {
  it("reads a decimal string without losing a digit, and refuses what does not fit", () => {
    expect(amount("12345678901234567890.123456789012345678", 18)).toBe(12345678901234567890123456789012345678n);
    expect(amount("-0.50", 2)).toBe(-50n);
    expect(amount("1.10", 1)).toBe(11n);
    for (const wrong of ["", "1.", ".5", "1e5", "1,5", "0.001", " 1", "+1", "NaN"]) expect(amount(wrong, 2)).toBeNull();
  });

  it("writes what it has read", () => {
    for (const text of ["0", "1", "-1.5", "0.00000001", "99999999999999999999.99"]) {
      expect(decimal(amount(text, 8) ?? 0n, 8)).toBe(text);
    }
    expect(scaleOf("0.0100")).toBe(2);
    expect(scaleOf("10")).toBe(0);
  });

  it("rounds what is paid up and what is had down", () => {
    const size = amount("0.333", 3) as Amount;
    const at = price("10.01", 2) as Price;
    expect(cost(size, 3, at, 2, 2, true)).toBe(334n); // 3.33333
    expect(cost(size, 3, at, 2, 2, false)).toBe(333n);
    expect(rescaled(-15n, 1, 0, true)).toBe(-2n);
    expect(rescaled(-15n, 1, 0, false)).toBe(-1n);
    expect(portion(1_000n as Amount, 3_333n, 10n)).toBe(330n);
    expect([floorTo(17n, 5n), ceilTo(17n, 5n), floorTo(-17n, 5n), ceilTo(15n, 5n)]).toEqual([15n, 20n, -20n, 15n]);
  });

  it("is shown in the digits and marks of the reader's language", () => {
    expect(shownText("-1234567.8900", "en")).toBe("-1,234,567.8900");
    expect(shownText("1234567.89", "de")).toBe("1.234.567,89");
    expect(shown(12345678901234567890n, 2, "en", 2)).toBe("123,456,789,012,345,678.90");
    expect(shownText("1234.5", "ar-EG")).toBe("١٬٢٣٤٫٥");
    expect(shownText("not a number", "en")).toBe("not a number");
  });
});
