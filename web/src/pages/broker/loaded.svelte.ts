/** What a page has asked the desk for, and how far that is: on its way, here, old, or not to be had. */

import { desk, type Answer, type Problem } from "../../lib/api";

export class Loaded<T> {
  data = $state.raw<T | null>(null);
  problem = $state.raw<Problem | null>(null);
  busy = $state(false);
  #asked = 0;

  constructor(private readonly ask: () => Promise<Answer<T>>) {}

  /** Of several that are on their way the newest counts. */
  async load(): Promise<void> {
    const asked = ++this.#asked;
    this.busy = true;
    const answer = await this.ask();
    if (asked !== this.#asked) return;
    this.busy = false;
    this.problem = answer.ok ? null : answer.problem;
    if (answer.ok) this.data = answer.data;
  }
}

export const broker = <T>(path: string, query?: Record<string, string | undefined>): Promise<Answer<T>> =>
  desk<T>("GET", `/broker/v1${path}`, query);

/** All pages of a list that says what is `next`, up to so many. */
export async function allOf<P extends { next: string }, T>(
  path: string,
  query: Record<string, string | undefined>,
  rows: (page: P) => T[],
  pages: number,
): Promise<Answer<{ rows: T[]; isAll: boolean }>> {
  const found: T[] = [];
  let after = "";
  for (let page = 0; page < pages; page++) {
    const answer = await broker<P>(path, { ...query, after: after || undefined });
    if (!answer.ok) return answer;
    found.push(...rows(answer.data));
    after = answer.data.next;
    if (!after) break;
  }
  return { ok: true, data: { rows: found, isAll: !after } };
}
