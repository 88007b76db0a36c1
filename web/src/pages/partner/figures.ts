/** What the statements of some days sum to, exactly: from the fees to what is the brand's own. Pure. */

export interface Statement {
  asset: string;
  date: string;
  state: string;
  opening: string;
  closing: string;
  totals: Record<string, string>;
  lines: number;
  root: string;
  released_on: string;
}
export interface Change {
  name: "fees" | "subsidy" | "income" | "rebates" | "affiliates" | "commissions" | "cost_share" | "holders" | "revenue";
  /** A decimal string; what goes away is below zero. */
  amount: string;
  isSum: boolean;
}

/** Decimal strings of any length, added exactly. */
export function sum(amounts: string[]): string {
  const scale = Math.max(0, ...amounts.map((one) => (one.split(".")[1] ?? "").length));
  return text(amounts.reduce((total, one) => total + units(one, scale), 0n), scale);
}
export const less = (amount: string): string => (/^-?0*\.?0*$/.test(amount) ? "0" : amount.startsWith("-") ? amount.slice(1) : `-${amount}`);
export const isZero = (amount: string): boolean => !/[1-9]/.test(amount);

/**
 * The revenue waterfall of one asset. Fees, what the host adds, and other income come in; rebates, affiliates, brokers,
 * the host's share and the token holders' go out; what is left is the brand's revenue. The parts add up exactly, since
 * other income is told by its net and the host's share of it.
 */
export function waterfall(statements: Statement[]): Change[] {
  const of = (name: string) => sum(statements.map((one) => one.totals[name] ?? "0"));
  const revenue = sum(["trading", "withdrawal", "listing", "other"].map(of));
  const out = (["rebates", "affiliates", "commissions", "cost_share", "holders"] as const).map((name) => ({ name, amount: less(of(name)) }));
  const [fees, subsidy] = [of("fees"), of("subsidy")];
  const income = sum([revenue, ...out.map((one) => less(one.amount)), less(fees), less(subsidy)]);
  const changes: Change[] = [
    { name: "fees", amount: fees, isSum: true },
    { name: "subsidy", amount: subsidy, isSum: false },
    { name: "income", amount: income, isSum: false },
    ...out.map((one) => ({ ...one, isSum: false })),
  ];
  return [...changes.filter((one) => one.isSum || !isZero(one.amount)), { name: "revenue", amount: revenue, isSum: true }];
}

function units(amount: string, scale: number): bigint {
  const [whole = "0", decimals = ""] = amount.replace("-", "").split(".");
  const value = BigInt(whole + decimals.padEnd(scale, "0"));
  return amount.startsWith("-") ? -value : value;
}

function text(value: bigint, scale: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, "0");
  const decimals = scale ? digits.slice(-scale).replace(/0+$/, "") : "";
  return (value < 0n ? "-" : "") + digits.slice(0, digits.length - scale) + (decimals ? `.${decimals}` : "");
}

const A_MONDAY = Date.UTC(2024, 0, 1);
const DAY_MS = 86_400_000;

/** The name of a day of the week in a language: 1 is Monday, 7 Sunday. */
export const weekday = (day: number, language: string): string =>
  new Intl.DateTimeFormat(language, { weekday: "long", timeZone: "UTC" }).format(A_MONDAY + (day - 1) * DAY_MS);
