/**
 * A clearing statement checked in the browser, with nothing but the file: form, hashes and root; each line from its
 * inputs and the terms in the header; the sums from the lines. The rules are those of `verify-clearing` (Q-12 to Q-14).
 */

import { canonical, leafHash, merkleRoot, type Json, type Line } from "./proofs";

export interface Verified {
  ok: boolean;
  /** The first line that is wrong, counted from 1; 0 for the file as a whole. */
  line: number;
  /** For people who know the format; a text of `partner-verify-…` and its values say the rest. */
  why: string;
  root: string;
  count: number;
  header: Line;
}

const FORMAT = "commonbook-clearing-1";
const ITEMS = [
  ...["fees", "rebates", "affiliates", "commissions", "cost_share", "holders", "subsidy", "trading"],
  ...["withdrawal", "listing", "other", "transfers", "adjustments", "released", "set_off"],
] as const;
const CHANGES = ITEMS.slice(7);
const SOURCES = ["withdrawal", "listing", "other"];
const SUMS: Record<string, string> = { release: "released", set_off: "set_off", adjustment: "adjustments", transfer: "transfers" };
const RATE_ONE = 100_000_000n;
const DAY_NS = 86_400n * 1_000_000_000n;
const AT_ONCE = 500;

/** @param progress told of how many of all lines are checked. */
export async function verify(file: string, progress: (done: number, of: number) => void = () => {}): Promise<Verified> {
  const wrong = (line: number, why: string): Verified => ({ ok: false, line, why, root: "", count: 0, header: {} });
  const texts = file.split("\n");
  const foreign = texts.findIndex((text) => /[^\x00-\x7f]/.test(text));
  if (foreign >= 0) return wrong(foreign + 1, "the line is not ASCII");
  if (texts.length < 3 || texts.pop() !== "") return wrong(texts.length, "the file is cut short");
  const last = texts.length;
  let end: Line;
  let leaves: string[];
  try {
    end = JSON.parse(texts.pop() ?? "") as Line;
    leaves = list(end["leaves"]).map(word);
  } catch {
    return wrong(last, "the footer cannot be read");
  }
  if (leaves.length !== texts.length || (await merkleRoot(leaves)) !== end["root"]) {
    return wrong(last, "the footer's hashes do not fit the lines and the root");
  }
  const sums = Object.fromEntries(ITEMS.map((name) => [name, 0n])) as Record<string, bigint>;
  const seen = new Set<string>();
  let header: Line = {};
  for (const [at, text] of texts.entries()) {
    if (at % AT_ONCE === 0) progress(at, texts.length);
    if ((await leafHash(text)) !== leaves[at]) return wrong(at + 1, "the line does not have the hash that the footer states");
    let why: string;
    try {
      const line = JSON.parse(text) as Line;
      if (canonical(line) !== text) return wrong(at + 1, "the line is not in canonical form");
      if (at === 0) [header, why] = [line, wrongHeader(line)];
      else why = wrongLine(line, header, seen) || add(line, sums);
    } catch (failure) {
      why = `the line cannot be read: ${String(failure)}`;
    }
    if (why) return wrong(at + 1, why);
  }
  progress(texts.length, texts.length);
  const opening = whole(header["opening"]);
  const closing = CHANGES.reduce((total, name) => total + (sums[name] ?? 0n), opening);
  const told: Line = { ...Object.fromEntries(ITEMS.map((name) => [name, String(sums[name])])), opening: String(opening), closing: String(closing) };
  const off = Object.keys(told).filter((name) => told[name] !== end[name]);
  if (off.length) return wrong(last, `the footer should say ${off.map((name) => `${name} ${String(told[name])}`).join(", ")}`);
  const root = word(end["root"]);
  const sealed = { ...told, count: String(leaves.length - 1), leaves, root, kind: "footer" };
  if (canonical(sealed) !== canonical(end)) return wrong(last, "the footer says more than sums and hashes");
  return { ok: true, line: 0, why: "", root, count: leaves.length - 1, header };
}

function wrongHeader(header: Line): string {
  if (header["format"] !== FORMAT || header["kind"] !== "header") return "the header is of another format";
  whole(header["opening"]);
  const before = header["previous_day"];
  return before && whole(before) >= whole(header["day"]) ? "the day before is not before this one" : "";
}

function wrongLine(line: Line, header: Line, seen: Set<string>): string {
  if (whole(line["time_ns"]) / DAY_NS !== whole(header["day"])) return "it is of another day";
  const kind = word(line["kind"]);
  const place = kind === "fill" ? `fill ${word(line["fill"])} ${word(line["role"])}` : `${kind} ${word(line["sequence"])}`;
  if (seen.has(place)) return "it is there twice";
  seen.add(place);
  if (kind === "fill") return wrongFill(line, header);
  if (kind === "income") return wrongIncome(line, header);
  if (!(kind in SUMS)) return `there is no kind ${kind}`;
  const isOut = kind === "release" || kind === "set_off";
  return whole(line["amount"]) > 0n && isOut ? "what is paid out must not be above zero" : "";
}

function wrongFill(line: Line, header: Line): string {
  const [fee, rebate] = [whole(line["fee"]), whole(line["rebate"])];
  const isMaker = line["role"] !== "taker";
  const base = isMaker ? most(fee, 0n) : fee - rebate;
  if (rebate < 0n || (line["role"] === "maker" && rebate)) return "the rebate is paid out of the taker's fee";
  if (line["counterparty"] !== "internal" && line["counterparty"] !== "external") return "the counterparty is internal or external";
  const [rate, holdersRate] = [inForce(header["cost_shares"], line), inForce(header["holders"], line)];
  let left = most(base, 0n);
  for (const claim of list(line["claims"]) as Line[]) {
    const paid = least(whole(claim["claimed"]), left);
    if (whole(claim["paid"]) !== paid) return `the claim should be paid ${paid}`;
    left -= paid;
  }
  const brand = (left * (RATE_ONE - rate)) / RATE_ONE;
  const holders = (brand * holdersRate) / RATE_ONE;
  return differs(line, { base, cost_share: left - brand, holders, revenue: brand - holders, subsidy: most(-base, 0n) });
}

function wrongIncome(line: Line, header: Line): string {
  const source = word(line["source"]);
  if (!SOURCES.includes(source)) return `there is no source ${source}`;
  const amount = whole(line["amount"]);
  // Towards zero on both sides, as bigint divides.
  const brand = (amount * (RATE_ONE - inForce(header["cost_shares"], line, source))) / RATE_ONE;
  return differs(line, { cost_share: amount - brand, revenue: brand });
}

/** Adds a line to the sums; gives "" for how it is used. */
function add(line: Line, sums: Record<string, bigint>): string {
  const to = (name: string, amount: bigint) => (sums[name] = (sums[name] ?? 0n) + amount);
  const kind = word(line["kind"]);
  if (kind === "fill") {
    to("fees", most(whole(line["fee"]), 0n));
    to("rebates", whole(line["rebate"]));
    for (const claim of list(line["claims"]) as Line[]) to(claim["kind"] === "affiliate" ? "affiliates" : "commissions", whole(claim["paid"]));
    for (const name of ["cost_share", "holders", "subsidy"]) to(name, whole(line[name]));
    to("trading", whole(line["revenue"]));
  } else if (kind === "income") {
    to("cost_share", whole(line["cost_share"]));
    to(word(line["source"]), whole(line["revenue"]));
  } else to(SUMS[kind] ?? kind, whole(line["amount"]));
  return "";
}

/** The rate of the header's terms at a line's time; of two that begin at once the first, as `verify-clearing` has it. */
function inForce(rows: Json | undefined, line: Line, source = "trading"): bigint {
  const time = whole(line["time_ns"]);
  const begun = (list(rows) as Line[]).filter((row) => row["source"] === source && whole(row["effective_ns"]) <= time);
  const newest = begun.reduce<Line | null>((best, row) => (best && whole(best["effective_ns"]) >= whole(row["effective_ns"]) ? best : row), null);
  if (!newest) throw new Error(`the header has no rate for ${source}`);
  return whole(newest["rate_e8"]);
}

function differs(line: Line, due: Record<string, bigint>): string {
  const wrong = Object.entries(due).filter(([name, value]) => whole(line[name]) !== value);
  return wrong.map(([name, value]) => `${name} should be ${value}`).join("; ");
}

const most = (one: bigint, other: bigint): bigint => (one > other ? one : other);
const least = (one: bigint, other: bigint): bigint => (one < other ? one : other);

function whole(value: Json | undefined): bigint {
  if (typeof value === "string" && /^-?\d+$/.test(value)) return BigInt(value);
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  throw new Error(`${JSON.stringify(value)} is no whole number`);
}
function word(value: Json | undefined): string {
  if (typeof value !== "string") throw new Error(`${JSON.stringify(value)} is no text`);
  return value;
}
function list(value: Json | undefined): Json[] {
  if (!Array.isArray(value)) throw new Error(`${JSON.stringify(value)} is no list`);
  return value;
}
