/** What the server tells by codes, in words: acts, states, and the facts of an act or a notice line by line. */

import { SCALE } from "./percent";
import { clockOf } from "./clock";
import { shownText } from "./money";
import { say, texts } from "./texts.svelte";

/** A fact: what is now, "" where that is not told, and what is or would be. */
export interface Line {
  name: string;
  before: string;
  after: string;
}

const slug = (code: string): string => code.toLowerCase().replaceAll(/[ _.]/g, "-");
const textOf = (key: string): string | null => (texts.has(key) ? say(key) : null);

/** A state, or a kind of something. */
export const word = (code: string): string => textOf(`word-${slug(code)}`) ?? textOf(`case-${slug(code)}`) ?? code;
/** What of a program's conditions is missing; else as the server says it. */
export const block = (one: { code: string; text: string }): string => textOf(`block-${slug(one.code)}`) ?? one.text;
/** An act that needs two persons. */
export const kind = (code: string): string => textOf(`kind-${slug(code)}`) ?? code.replaceAll("_", " ");

const DECIDED = new Set(["ask", "approved", "refused", "withdrawn", "done", "failed"]);

/** An act of the audit log. */
export function actOf(act: string): string {
  const [first = "", ...others] = act.split(" ");
  const rest = others.join(" ");
  const own = textOf(`act-${slug(act)}`);
  if (own !== null || !rest) return own ?? act;
  if (DECIDED.has(first) && texts.has(`kind-${slug(rest)}`)) return say(`act-is-${first}`, { what: kind(rest) });
  if (texts.has(`case-${slug(rest)}`) && texts.has(`act-${first}-to`)) return say(`act-${first}-to`, { state: word(rest) });
  if (texts.has(`word-${slug(rest)}`) && texts.has(`act-${first}-what`)) return say(`act-${first}-what`, { what: word(rest) });
  return act;
}

/** What a value is called: the name of a field, or the place in a list. */
export const field = (name: string): string => (/^\d+$/.test(name) ? String(Number(name) + 1) : (textOf(`field-${slug(name).replace(/^change$/, "changes")}`) ?? name.replaceAll("_", " ")));

/** What an act was about: "brand:2 version:1". */
export const subjectOf = (subject: string): string =>
  subject.replaceAll(/(^| )([a-z]+):(?=\S)/g, (_, before: string, name: string) => `${before}${textOf(`field-${name}`) ?? textOf(`word-${name}`) ?? name} `);
/** Who did it, where it is no user. */
export const actorOf = (actor: string): string => textOf(`word-${actor}`) ?? actor;

/** Each value of what belongs to an act, with its way. */
export function facts(told: unknown, way: string[] = []): Line[] {
  if (told !== null && typeof told === "object") return Object.entries(told).flatMap(([key, value]) => facts(value, [...way, key]));
  return [{ name: way.map(field).join(" › "), before: "", after: valueOf(way.at(-1) ?? "", told) }];
}

/** By the name of its field, which ends in its unit. */
function valueOf(name: string, value: unknown): string {
  if (typeof value === "boolean") return say(value ? "word-yes" : "word-no");
  const told = String(value ?? "");
  if (told === "none" || told === "") return textOf("word-none") ?? told;
  if (/^-?\d+$/.test(told)) {
    if (name.endsWith("_ns")) return BigInt(told) > 10n ** 15n ? clockOf(texts.language, "both").format(new Date(Number(BigInt(told) / 1_000_000n))) : told;
    if (name.endsWith("_e8")) return `${shownText(shiftedPercent(told), texts.language)} %`;
    if (/^hour$|_hour$/.test(name) && BigInt(told) > 300_000n) return hourOf(told);
  }
  if (WORDS.has(name)) return textOf(`word-${slug(told)}`) ?? textOf(`case-${slug(told)}`) ?? textOf(`field-${slug(told)}`) ?? told;
  return told;
}
/** Fields whose values are codes. */
const WORDS = new Set(["after", "before", "to", "scope", "asked_by", "kind", "outcome", "state"]);

/** An hour, counted from 1970. */
export function hourOf(hours: string): string {
  const format = new Intl.DateTimeFormat(texts.language, { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });
  return format.format(new Date(Number(hours) * 3_600_000));
}

/** Hundred-millionths as per cent, exactly. */
function shiftedPercent(told: string): string {
  const places = SCALE - 2;
  const [sign, digits] = told.startsWith("-") ? ["-", told.slice(1)] : ["", told];
  const text = digits.padStart(places + 1, "0");
  const fraction = text.slice(-places).replace(/0+$/, "");
  return sign + text.slice(0, -places) + (fraction && `.${fraction}`);
}
