/** What one person does alone at the operator's desk: done and told, or told why not. */

import { act } from "../../lib/proof.svelte";
import { toasts } from "../../lib/toasts.svelte";

/** The answer; null where it was refused, which has been told then. */
export async function done<T>(method: "POST" | "PUT" | "DELETE", path: string, sent: object, told: string): Promise<T | null> {
  const answer = await act<T>(method, path, sent);
  if (!answer.ok) {
    toasts.problem(answer.problem);
    return null;
  }
  toasts.show("done", told);
  return answer.data;
}

/** A file's bytes as the desks take them, in base64. */
export async function base64(file: Blob): Promise<string> {
  return btoa(Array.from(new Uint8Array(await file.arrayBuffer()), (byte) => String.fromCharCode(byte)).join(""));
}

/** What an input of date and time says, in the browser's zone, in nanoseconds; "0", at once, for nothing. */
export function nsOf(local: string): string {
  const ms = local ? new Date(local).getTime() : 0;
  return Number.isFinite(ms) ? (BigInt(ms) * 1_000_000n).toString() : "0";
}

/** One a line, without the empty ones. */
export const linesOf = (text: string): string[] => text.split("\n").map((one) => one.trim()).filter(Boolean);
