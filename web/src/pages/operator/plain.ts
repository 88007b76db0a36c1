/** What an act would do, in plain words: a sentence, and line by line what is now and what would be. */

import { facts, hourOf, kind, type Line } from "../../lib/codes";
import { shownText } from "../../lib/money";
import { say, texts } from "../../lib/texts.svelte";
import { plainMoney } from "./plain_money";
import type { Approval } from "./waiting.svelte";

export interface Plain {
  title: string;
  why: string;
  lines: Line[];
}

/** @param before what is now, by the names of the lines, where whoever asks has it at hand. */
export function plain(one: Pick<Approval, "kind" | "payload">, before: Record<string, string> = {}): Plain {
  const told = one.payload;
  const money = plainMoney(one.kind, told, before);
  if (money !== null) return money;
  const text = (key: string) => String(told[key] ?? "");
  switch (one.kind) {
    case "trading_status": {
      const what = text("instrument") || say("op-the-venue");
      const name = say("op-status");
      const lines = [{ name, before: say(`op-status-${text("before")}`), after: say(`op-status-${text("after")}`) }];
      return { title: say(`op-do-${text("after")}`, { what }), why: say(`op-means-${text("after")}`), lines };
    }
    case "kill_switch": {
      const what = targetOf(text("asked_by"), text("target"));
      const on = told["active"] === true;
      const words = [say("op-switch-off"), say("op-switch-on")];
      const lines = [{ name: say("op-switch"), before: words[on ? 0 : 1] ?? "", after: words[on ? 1 : 0] ?? "" }];
      return { title: say(on ? "op-do-kill" : "op-do-release", { what }), why: say(on ? "op-means-kill" : "op-means-release"), lines };
    }
    case "price_limits": {
      const before = (told["before"] ?? {}) as Record<string, string>;
      const change = (told["change"] ?? {}) as Record<string, string>;
      const lines = Object.entries(change).map(([key, after]) => ({
        name: say(`op-limit-${key.replaceAll("_", "-")}`),
        before: none(before[key] ?? ""),
        after: none(after),
      }));
      return { title: say("op-do-limits", { what: text("instrument") }), why: say("op-means-limits"), lines };
    }
    case "partnership_settle": {
      const unit = text("asset");
      const coins = (value: string) => `${shownText(value, texts.language)} ${unit}`;
      const owed = (told["obligations"] ?? []) as { account: string; coins: string; reason: string }[];
      const lines = [
        ...owed.map((line) => ({ name: say("op-settle-to", { account: line.account }), before: "", after: `${coins(line.coins)} · ${line.reason}` })),
        { name: say("op-settle-rest"), before: "", after: coins(text("back")) },
      ];
      return { title: say("op-settle-of", { reference: text("reference") }), why: say("op-settle-means"), lines };
    }
    case "broker_rates":
    case "broker_conditions":
    case "broker_tier":
    case "broker_tier_rules":
      return { title: kind(one.kind), why: text("why"), lines: agreedOf(told) };
    default:
      return { title: kind(one.kind), why: "", lines: facts(told) };
  }
}

/** What is agreed with brokers, from when, and its changes in the words in which they were asked for. */
function agreedOf(told: Approval["payload"]): Line[] {
  const broker = String(told["broker"] ?? "");
  const hour = Number(told["from_hour"] ?? 0);
  const lines = [{ name: say("op-broker-from"), before: "", after: hour ? hourOf(String(hour)) : say("op-broker-next-hour") }];
  if (broker) lines.unshift({ name: say("op-broker"), before: "", after: broker === "0" ? say("op-rates-public") : broker });
  const changes = Array.isArray(told["changes"]) ? told["changes"].map(String) : [];
  return [...lines, ...changes.map((after) => ({ name: say("op-change"), before: "", after }))];
}

/** Whom or what a switch names. */
export function targetOf(scope: string, target: string): string {
  return say(`op-target-${scope}`, { target });
}

const none = (text: string) => (text === "none" || text === "" ? say("op-none") : text);
