/** Acts on money in plain words and figures: the same to who asks, before it is asked, and to who approves it. */

import { shownText } from "../../lib/money";
import { decimalOf } from "../../lib/percent";
import { say, texts } from "../../lib/texts.svelte";
import { hourOf } from "../../lib/codes";
import type { Table } from "./levels";
import { asks } from "./levels";
import type { Line } from "../../lib/codes";
import type { Plain } from "./plain";

export type Told = Record<string, unknown>;

/** Null for an act that is none on money. */
export function plainMoney(kind: string, told: Told, before: Record<string, string> = {}): Plain | null {
  const text = (key: string) => String(told[key] ?? "");
  const line = (key: string, after: string): Line => ({ name: say(`op-field-${key}`), before: before[key] ?? "", after });
  const brand = text("brand");
  const figure = (amount: string) => shownText(amount.replace(/^-/, ""), texts.language);
  const sum = text("asset") ? `${figure(text("amount"))} ${text("asset")}` : figure(text("amount"));
  const isLess = text("amount").startsWith("-");
  const day = text("date") || text("first_date");
  switch (kind) {
    case "adjustment": {
      const lines = [line("amount", `${isLess ? "−" : "+"} ${sum}`), line("day", day), line("reason", text("reason"))];
      const way = isLess ? "less" : "more";
      return { title: say(`op-do-adjust-${way}`, { brand, sum }), why: say(`op-means-adjust-${way}`, { day }), lines };
    }
    case "hold_release": {
      const fills = ((told["fills"] ?? []) as string[]).join(", ");
      const lines = [line("amount", sum), line("day", day), line("reason", text("reason"))];
      if (fills) lines.push(line("fills", fills));
      return { title: say("op-do-hold", { brand, sum }), why: say("op-means-hold", { day }), lines };
    }
    case "lift_hold": {
      const lines = [line("hold", text("hold")), line("amount", sum), line("day", day), line("reason", text("reason"))];
      return { title: say("op-do-lift", { brand, sum }), why: say("op-means-lift"), lines };
    }
    case "income": {
      const source = say(`op-money-source-${text("source")}`);
      const lines = [line("account", text("account")), line("amount", sum), line("source", source), line("reference", text("reference"))];
      return { title: say("op-do-income", { brand, sum, account: text("account") }), why: say("op-means-income"), lines };
    }
    case "cost_share": {
      const rate = percentOf(text("rate_e8"));
      const source = say(`op-money-source-${text("source")}`);
      const lines = [line("source", source), line("rate", rate), line("first-day", day)];
      return { title: say("op-do-cost-share", { brand, source, rate }), why: say("op-means-cost-share", { rate: rate.replace(/\s?%$/, "") }), lines };
    }
    case "token_holders": {
      const rate = percentOf(text("rate_e8"));
      const lines = [line("rate", rate), line("first-day", day)];
      return { title: say("op-do-holders", { brand, rate }), why: say(told["bound"] ? "op-means-holders-bound" : "op-means-holders"), lines };
    }
    case "release_schedule": {
      const rhythm = rhythmOf(text("period"), text("on_day"));
      const least = text("asset") ? `${figure(text("minimum"))} ${text("asset")}` : "";
      const lines = [line("rhythm", rhythm), line("delay", say("op-delay-days", { count: Number(told["delay_days"] ?? 0) })), line("first-day", day)];
      if (least) lines.push(line("minimum", least));
      return { title: say("op-do-schedule", { brand, rhythm }), why: say("op-means-schedule"), lines };
    }
    case "bust_trade": {
      const facts = ["fill", "buyer", "seller", "taker_fee", "maker_fee", "reason"];
      const quote = text("instrument").split("-").at(-1) ?? "";
      const lines = facts.map((key) => line(key.replace("_", "-"), key.endsWith("_fee") ? `${shownText(text(key), texts.language)} ${quote}` : text(key)));
      const values = { quantity: text("quantity"), instrument: text("instrument"), price: shownText(text("price"), texts.language) };
      return { title: say("op-do-bust", values), why: say("op-means-bust"), lines };
    }
    case "correct_commission": {
      const about = text("fill") ? `${text("fill")} ${text("role")}` : text("hour") ? hourOf(text("hour")) : text("client");
      const subject = text("fill") ? "fill" : text("hour") ? "hour" : "client";
      const lines = [line("amount", `${isLess ? "−" : "+"} ${sum}`), line(subject, about), line("reason", text("reason")), line("key", text("key"))];
      const way = isLess ? "less" : "more";
      return { title: say(`op-do-correct-${way}`, { code: text("code"), sum }), why: say(`op-means-correct-${way}`), lines };
    }
    case "split": {
      const values = { numerator: text("numerator"), denominator: text("denominator"), old: text("asset"), asset: text("new_asset") };
      const lines = [line("asset", text("asset")), line("new-asset", text("new_asset"))];
      return { title: say("op-do-split", values), why: say("op-means-split", values), lines };
    }
    case "level_table": {
      const table = told["table"] as Table;
      const lines = table.rows.map((row) => ({ name: say("op-level-number", { level: row.level }), before: before[`level ${row.level}`] ?? "", after: asks(row, table) }));
      lines.push({ name: say("op-level-days"), before: before["days"] ?? "", after: say("op-delay-days", { count: table.days }) });
      return { title: say("kind-level-table"), why: say("op-means-level-table"), lines };
    }
    default:
      return null;
  }
}

/** A rate of hundred-millionths as people read it. */
export const percentOf = (rateE8: string): string => `${shownText(decimalOf(BigInt(rateE8 || "0"), 6), texts.language)} %`;

export const rhythmOf = (period: string, day: string): string => say(`op-period-${period}`, { day });
