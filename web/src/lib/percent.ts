/** Rates as people write and read them: percent, exactly as the fraction of the API. Pure; a rate is a bigint of hundred-millionths. */

const RATE = /^-?\d{1,3}(\.\d{1,6})?$/;
export const SCALE = 8;

/** A fraction of the API, "0.001", in hundred-millionths; null where it is none. */
export function rate(fraction: string): bigint | null {
  const found = /^(-?)(\d+)(?:\.(\d{1,8}))?$/.exec(fraction);
  if (!found) return null;
  const value = BigInt((found[2] ?? "0") + (found[3] ?? "").padEnd(SCALE, "0"));
  return found[1] ? -value : value;
}

/** Percent as people write it, "0.1", as the fraction of the API, "0.001"; null where it is none. */
export function fractionOf(percent: string): string | null {
  const text = percent.trim().replace(",", ".");
  if (!RATE.test(text)) return null;
  const [whole = "", decimals = ""] = text.replace("-", "").split(".");
  return decimalOf(BigInt(whole + decimals.padEnd(6, "0")) * (text.startsWith("-") ? -1n : 1n), SCALE);
}

/** The other way: "0.001" is "0.1". */
export function percentOf(fraction: string): string {
  const value = rate(fraction);
  return value === null ? fraction : decimalOf(value, 6);
}

export function decimalOf(value: bigint, scale: number): string {
  const text = (value < 0n ? -value : value).toString().padStart(scale + 1, "0");
  const decimals = text.slice(-scale).replace(/0+$/, "");
  return (value < 0n ? "-" : "") + text.slice(0, -scale) + (decimals ? `.${decimals}` : "");
}
