/** What a page of the settings shows: asked for once, and again after each act. */

import { desk, type Answer, type Problem } from "../../lib/api";
import { act } from "../../lib/proof.svelte";
import { toasts } from "../../lib/toasts.svelte";

export class Told<T> {
  data = $state.raw<T | null>(null);
  problem = $state.raw<Problem | null>(null);
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
    void this.ask();
  }

  async ask(): Promise<void> {
    const answer = await desk<T>("GET", this.#path);
    this.problem = answer.ok ? null : answer.problem;
    if (answer.ok) this.data = answer.data;
  }
}

/** Do it, after a second factor where it needs one; what went wrong is told in the corner. null when it was not done. */
export async function done<T>(method: "POST" | "DELETE", path: string, sent: object = {}): Promise<T | null> {
  const answer: Answer<T> = await act<T>(method, path, sent);
  if (answer.ok) return answer.data;
  toasts.problem(answer.problem);
  return null;
}

/** The API tells nanoseconds; people and browsers count milliseconds. */
export const ms = (ns: string): string => ns.slice(0, -6);
