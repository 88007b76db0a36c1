/** What an act would do, in plain words: a sentence, and line by line what is now and what would be. */

import { say, texts } from "../../lib/texts.svelte";
import { hourOf } from "./figures";
import { plainMoney } from "./plain_money";
import type { Approval } from "./waiting.svelte";

export interface Line {
  name: string;
  before: string;
  after: string;
}
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
    case "broker_rates":
    case "broker_conditions":
    case "broker_tier":
    case "broker_tier_rules":
      return { title: say(`op-kind-${one.kind.replaceAll("_", "-")}`), why: text("why"), lines: agreedOf(told) };
    default: {
      const key = `op-kind-${one.kind.replaceAll("_", "-")}`;
      const title = texts.has(key) ? texts.say(key) : say("op-kind-other", { kind: one.kind.replaceAll("_", " ") });
      return { title, why: "", lines: flat(told).map((line) => named(line)) };
    }
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

/** The fields that many acts have are called as people call them, and an hour is told as one. */
function named(line: Line): Line {
  const key = `op-field-${line.name.replaceAll(" ", "-")}`;
  const after = line.name === "hour" && /^\d+$/.test(line.after) ? hourOf(line.after) : line.after;
  return { ...line, name: texts.has(key) ? texts.say(key) : line.name, after };
}

/** Each value of a payload of another kind, by its way. */
export function flat(told: unknown, way = ""): Line[] {
  if (told !== null && typeof told === "object") {
    return Object.entries(told).flatMap(([key, value]) => flat(value, way ? `${way} › ${key}` : key));
  }
  return [{ name: way.replaceAll("_", " "), before: "", after: String(told) }];
}
