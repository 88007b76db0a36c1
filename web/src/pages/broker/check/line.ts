/**
 * One line of a statement, recomputed from its inputs and the terms of the header, as rules B-3 to B-9 say.
 *
 * It follows `check_line` of src/commonbook/broker/statement.py function by function, so that the two can be held beside
 * each other; golden files made by that one are what the tests hold this one against.
 */

import { Fault, list, object, of, whole, wholeOf, type Line } from "./canonical";

export const FORMAT = "commonbook-statement-3";
const OF_CLIENT = new Set<unknown>(["SELF_REFERRAL", "REFUSED", "CONSENT_ENDED", "MOVED_LATELY"]);
const NO_CAP = -1n;
const RATE_ONE = 100_000_000n;
const HOUR_NS = 3_600_000_000_000n;
const SCALE_MOST = 36n;
const LEVEL_MOST = 9n;

/** The first line of a file.
 * @throws Fault */
export function checkHeader(header: Line): void {
  if (of(header, "format") !== FORMAT || of(header, "kind") !== "header") throw new Fault("format", { format: FORMAT });
  if (whole(header, "brought_forward") < 0n || whole(header, "minimum_payout") < 0n) throw new Fault("below-zero");
}

/** @throws Fault says what the line should say. */
export function checkLine(line: Line, header: Line): void {
  const hour = whole(header, "hour");
  const ofHour = Object.hasOwn(line, "of_hour") ? whole(line, "of_hour") : hour;
  if (floor(whole(line, "time_ns"), HOUR_NS) !== ofHour || ofHour > hour) throw new Fault("hour");
  const maker = whole(line, "maker_fee");
  let base = of(line, "role") === "taker" ? whole(line, "taker_fee") + least(maker, 0n) : most(maker, 0n);
  const conditions = inForce(list(header, "conditions"), line);
  if (conditions === null) throw new Fault("conditions");
  if (of(conditions, "discount") === "cash_part") base -= whole(line, "discount");
  if (base !== whole(line, "base")) throw new Fault("base", { should: String(base) });
  const excluded = [...excludedBy(line, header, conditions, base)];
  const counted = excluded.length ? 0n : base;
  const reasons = excluded.length ? excluded.slice(0, 1) : earning(line, header, base);
  const stated = list(line, "excluded_by");
  const same = stated.length === excluded.length && stated.every((one, at) => one === excluded[at]);
  if (!same || !reasons.includes(String(of(line, "reason")))) throw new Fault("reason", { should: reasons.join(" / ") });
  const yours = object(of(line, "your"));
  const hasRate = Object.hasOwn(yours, "rate_e8");
  if (list(header, "tables").length && !hasRate) throw new Fault("rate-missing");
  const [commission, paid] = hasRate ? root(line, header, counted) : part(line, header, counted);
  if (whole(yours, "commission") !== commission) throw new Fault("commission", { should: String(commission) });
  if (whole(yours, "paid") !== paid) throw new Fault("paid", { should: String(paid) });
}

function earning(line: Line, header: Line, base: bigint): string[] {
  if (!Object.hasOwn(object(of(line, "your")), "rate_e8")) return cap(line) === NO_CAP ? ["EARNED"] : ["EARNED", "CUT_BY_CONSENT"];
  const pool = left(line, header, base);
  return [capped(line, header, pool) < pool ? "CUT_BY_CONSENT" : "EARNED"];
}

/** The pool by the rate in force, or what claims before it have left of the base (B-29). */
const left = (line: Line, header: Line, counted: bigint): bigint =>
  least(share(line, header, counted, rate(line, header)), most(counted - whole(line, "claimed"), 0n));

/** Cut to the highest share of the side's own fee that its client has agreed to (CN-4). */
function capped(line: Line, header: Line, amount: bigint): bigint {
  const agreed = cap(line);
  if (agreed === NO_CAP) return amount;
  const own = whole(line, of(line, "role") === "taker" ? "taker_fee" : "maker_fee");
  return least(amount, share(line, header, most(own, 0n), agreed));
}

function cap(line: Line): bigint {
  const found = whole(line, "cap_e8");
  if (found < NO_CAP || found > RATE_ONE) throw new Fault("cap");
  return found;
}

/** What is left to a root: the pool without what it has given away (B-8). */
function root(line: Line, header: Line, counted: bigint): [commission: bigint, paid: bigint] {
  const yours = object(of(line, "your"));
  const inTable = rate(line, header);
  if (whole(yours, "rate_e8") !== inTable) throw new Fault("rate", { should: String(inTable) });
  const pool = capped(line, header, left(line, header, counted));
  if (whole(yours, "pool") !== pool) throw new Fault("pool", { should: String(pool) });
  const points = list(yours, "given").map((one) => wholeOf(Array.isArray(one) ? one[1] : one, "given"));
  if (points.some((one) => one < 0n) || sum(points) > inTable) throw new Fault("given");
  const parts = points.map((one) => share(line, header, counted, one));
  return [pool - sum(parts), paidOf(line, header, pool) - sum(parts.map((one) => paidOf(line, header, one)))];
}

/** What one below a root has: its points of the base. */
function part(line: Line, header: Line, counted: bigint): [commission: bigint, paid: bigint] {
  const points = whole(object(of(line, "your")), "points_e8");
  if (points < 0n || points > RATE_ONE) throw new Fault("points");
  const found = share(line, header, counted, points);
  if (found > capped(line, header, found)) throw new Fault("over-cap");
  return [found, paidOf(line, header, found)];
}

function share(line: Line, header: Line, base: bigint, rateE8: bigint): bigint {
  const grain = power(most(0n, whole(line, "quote_scale") - whole(header, "commission_decimals")));
  return floor(floor(base * rateE8, RATE_ONE), grain) * grain;
}

function paidOf(line: Line, header: Line, amount: bigint): bigint {
  if (of(line, "quote_asset") === of(header, "payout_asset")) return amount;
  const scaled = amount * whole(line, "index_price_e8") * power(whole(header, "payout_scale"));
  return floor(scaled, RATE_ONE * power(whole(line, "quote_scale")));
}

/** The exclusions that apply, in the fixed order (B-4). */
function* excludedBy(line: Line, header: Line, conditions: Line, base: bigint): Generator<string> {
  const attribution = of(line, "attribution");
  if (attribution !== "BROKER") yield String(attribution);
  const withheld = of(line, "withheld");
  if (withheld) {
    if (!OF_CLIENT.has(withheld)) throw new Fault("withheld", { found: String(withheld) });
    yield String(withheld);
  }
  if (of(line, "channel") !== "API") yield "NON_API";
  if (whole(line, "level") >= whole(conditions, "excluded_from_level")) yield "VIP_TOO_HIGH";
  if (whole(line, "discount") && of(conditions, "discount") === "exclude_fill") yield "FEE_DISCOUNT";
  if (of(line, "subsidised")) yield "SUBSIDISED";
  if (base <= 0n) yield "NO_NET_FEE";
  if (of(line, "quote_asset") !== of(header, "payout_asset") && !whole(line, "index_price_e8")) yield "NO_INDEX_PRICE";
}

/** By the table in force, of which the first row counts that the case lies in (B-5). */
function rate(line: Line, header: Line): bigint {
  const table = inForce(list(header, "tables"), line);
  const row = table && list(table, "rows").map(object).find((one) => isFor(one, line, table));
  return row ? whole(row, "rate_e8") : 0n;
}

function inForce(terms: unknown[], line: Line): Line | null {
  const time = whole(line, "time_ns");
  return terms.map(object).find((one) => whole(one, "from_ns") <= time && time < whole(one, "to_ns")) ?? null;
}

function isFor(row: Line, line: Line, table: Line): boolean {
  const level = least(whole(line, "level"), LEVEL_MOST);
  return (
    of(row, "tier") === of(table, "tier") &&
    ["product", "role", "affiliated"].every((name) => of(row, name) === null || of(row, name) === of(line, name)) &&
    whole(row, "level_from") <= level &&
    level <= whole(row, "level_to")
  );
}

function power(scale: bigint): bigint {
  if (scale < 0n || scale > SCALE_MOST) throw new Fault("scale", { found: String(scale) });
  return 10n ** scale;
}

/** Rounded down, also below zero. */
function floor(value: bigint, divisor: bigint): bigint {
  const cut = value / divisor;
  return value % divisor !== 0n && value < 0n !== divisor < 0n ? cut - 1n : cut;
}

export const sum = (values: bigint[]): bigint => values.reduce((all, one) => all + one, 0n);
const least = (one: bigint, other: bigint): bigint => (one < other ? one : other);
const most = (one: bigint, other: bigint): bigint => (one > other ? one : other);
