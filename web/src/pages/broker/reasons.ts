/** Why a side of a fill earns or does not, in words. The reasons are those of B-4. */

import { shownText } from "../../lib/money";
import { say, texts } from "../../lib/texts.svelte";

export function reasonOf(reason: string): string {
  const key = `broker-reason-${reason.toLowerCase().replaceAll("_", "-")}`;
  return texts.has(key) ? say(key) : reason;
}

/** A phrase of the server's, by its code, and the values that it speaks of. */
export interface Said {
  code: string;
  values: Record<string, string>;
}

/** Values that are codes themselves. */
const WORDS: Record<string, string> = { product: "broker-product", role: "broker-role", channel: "why-channel", policy: "why-policy" };

function valueOf(name: string, value: string): string {
  const key = `${WORDS[name]}-${value.toLowerCase().replaceAll("_", "-")}`;
  return texts.has(key) ? texts.say(key) : shownText(value, texts.language);
}

/** Phrases behind one another. */
export function phrases(said: Said[]): string {
  const told = said.map(({ code, values }) =>
    say(`why-said-${code.replaceAll("_", "-")}`, Object.fromEntries(Object.entries(values).map(([name, one]) => [name, valueOf(name, one)]))),
  );
  return told.join(say("why-said-join"));
}
