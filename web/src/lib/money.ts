/**
 * Money: whole numbers of a smallest unit, as bigint, branded so that two kinds never add. Never a `number`.
 *
 * An `Amount` remembers in its type nothing but that it is one; how many decimals it has is its asset's or instrument's
 * (`Scale`), which is handed along. Decimal strings come in and go out; what is shown is made of the digits by Intl's
 * separators, so that no digit is lost however long the amount is.
 */

declare const unit: unique symbol;
type Branded<Name extends string> = bigint & { readonly [unit]: Name };

/** An amount of one asset, in 10^-scale of it. */
export type Amount = Branded<"amount">;
/** A price, in 10^-scale of the quote asset for one of the base. */
export type Price = Branded<"price">;
/** Decimals of an amount or a price: 0 to 38. */
export type Scale = number;

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

/** A decimal string as a whole number of 10^-scale; null where it is none, or has more decimals than the scale. */
export function parse<T extends Amount | Price>(text: string, scale: Scale): T | null {
  const found = DECIMAL.exec(text);
  if (found === null) return null;
  const [, sign = "", whole = "", fraction = ""] = found;
  const kept = fraction.replace(/0+$/, "");
  if (kept.length > scale) return null;
  const value = BigInt(whole + kept.padEnd(scale, "0"));
  return (sign === "-" ? -value : value) as T;
}

export const amount = (text: string, scale: Scale): Amount | null => parse<Amount>(text, scale);
export const price = (text: string, scale: Scale): Price | null => parse<Price>(text, scale);

/** How many decimals a decimal string has, without zeros at its end: of a tick size, its scale. */
export function scaleOf(text: string): Scale {
  return (DECIMAL.exec(text)?.[3] ?? "").replace(/0+$/, "").length;
}

/** The decimal string, as the API has it: no separators, no zeros at the end. */
export function decimal(value: bigint, scale: Scale): string {
  const [sign, whole, fraction] = parts(value, scale);
  const kept = fraction.replace(/0+$/, "");
  return sign + whole + (kept ? `.${kept}` : "");
}

/** base x price, in units of 10^-scale of the quote. What is to be paid rounds up, what is to be had rounds down. */
export function cost(size: Amount, sizeScale: Scale, at: Price, priceScale: Scale, scale: Scale, up: boolean): Amount {
  return rescaled(size * at, sizeScale + priceScale, scale, up) as Amount;
}

/** The same value in another scale. Digits that do not fit are rounded: up is away from zero, else towards it. */
export function rescaled(value: bigint, from: Scale, to: Scale, up: boolean): bigint {
  if (to >= from) return value * 10n ** BigInt(to - from);
  const divisor = 10n ** BigInt(from - to);
  const cut = value / divisor;
  if (!up || value % divisor === 0n) return cut;
  return cut + (value < 0n ? -1n : 1n);
}

/** A part of an amount, in hundredths of a percent, cut to whole steps (a lot): never more than there is. */
export function portion(of: Amount, basisPoints: bigint, step: bigint): Amount {
  return (((of * basisPoints) / 10_000n / step) * step) as Amount;
}

/** Down to a whole number of steps. */
export const floorTo = (value: bigint, step: bigint): bigint => value - (((value % step) + step) % step);
/** Up to a whole number of steps. */
export const ceilTo = (value: bigint, step: bigint): bigint => -floorTo(-value, step);

/** For people: the digits of their language, thousands marked, as many decimals as the scale or fewer. */
export function shown(value: bigint, scale: Scale, language: string, least = scale): string {
  const [sign, whole, fraction] = parts(value, scale);
  const kept = fraction.replace(/0+$/, "").padEnd(Math.min(least, scale), "0");
  const marks = marksOf(language);
  const integer = marks.whole.format(BigInt(whole));
  return (sign ? marks.minus : "") + integer + (kept ? marks.decimal + digits(kept, marks.digits) : "");
}

/** A decimal string for people, with the decimals that it has. */
export function shownText(text: string, language: string): string {
  const found = DECIMAL.exec(text);
  if (found === null) return text;
  const fraction = found[3] ?? "";
  return shown(BigInt((found[1] ?? "") + (found[2] ?? "") + fraction), fraction.length, language);
}

function parts(value: bigint, scale: Scale): [sign: string, whole: string, fraction: string] {
  const text = (value < 0n ? -value : value).toString().padStart(scale + 1, "0");
  return [value < 0n ? "-" : "", text.slice(0, text.length - scale), text.slice(text.length - scale)];
}

interface Marks {
  decimal: string;
  minus: string;
  digits: string[];
  /** Made once: a formatter costs more than all that it formats in a frame. */
  whole: Intl.NumberFormat;
}
const known = new Map<string, Marks>();

function marksOf(language: string): Marks {
  let marks = known.get(language);
  if (marks === undefined) {
    const format = new Intl.NumberFormat(language, { useGrouping: false, minimumFractionDigits: 1 });
    const found = (kind: string) => format.formatToParts(-1.5).find((part) => part.type === kind)?.value;
    const plain = new Intl.NumberFormat(language, { useGrouping: false });
    marks = {
      decimal: found("decimal") ?? ".",
      minus: found("minusSign") ?? "-",
      digits: [...Array(10).keys()].map((digit) => plain.format(digit)),
      whole: new Intl.NumberFormat(language),
    };
    known.set(language, marks);
  }
  return marks;
}

const digits = (text: string, own: string[]): string => text.replace(/\d/g, (digit) => own[Number(digit)] ?? digit);
