/** Why a side of a fill earns or does not, in words. The reasons are those of B-4. */

import { say, texts } from "../../lib/texts.svelte";

export function reasonOf(reason: string): string {
  const key = `broker-reason-${reason.toLowerCase().replaceAll("_", "-")}`;
  return texts.has(key) ? say(key) : reason;
}
