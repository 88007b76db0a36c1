/** The one form in which statements are written, and numbers as their lines have them. Rule B-22. */

export type Line = { [name: string]: unknown };

/** What a file should say and does not: a code, of which `check-fault-CODE` is the text, and the values in it. */
export class Fault extends Error {
  constructor(
    readonly code: string,
    readonly values: Record<string, string> = {},
  ) {
    super(`${code} ${JSON.stringify(values)}`);
  }
}

const NUMBER = /^(?:0|-?[1-9][0-9]*)$/;

/** Sorted keys, no spaces, ASCII. */
export const canonical = (value: unknown): string => ascii(JSON.stringify(sorted(value)));

/** The same form with two spaces for each depth, as proofs are written. */
export const spread = (value: unknown): string => `${ascii(JSON.stringify(sorted(value), null, 2))}\n`;

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([name, inner]) => [name, sorted(inner)]));
}

const ascii = (text: string): string =>
  text.replace(/[\u007f-\uffff]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** An object of a line; whatever is none cannot be read. */
export function object(value: unknown): Line {
  if (value === null || typeof value !== "object" || Array.isArray(value)) throw new Fault("unreadable", { name: "{}" });
  return value as Line;
}

/** What a line has by a name. */
export function of(line: Line, name: string): unknown {
  if (!Object.hasOwn(line, name)) throw new Fault("missing", { name });
  return line[name];
}

export function list(line: Line, name: string): unknown[] {
  const found = of(line, name);
  if (!Array.isArray(found)) throw new Fault("unreadable", { name });
  return found;
}

/** A whole number: a decimal string, and in no other way. */
export function whole(line: Line, name: string): bigint {
  return wholeOf(of(line, name), name);
}

export function wholeOf(text: unknown, name: string): bigint {
  if (typeof text !== "string" || !NUMBER.test(text)) throw new Fault("no-number", { name, found: String(text).slice(0, 40) });
  return BigInt(text);
}
