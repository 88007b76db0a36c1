/** What a page asks the server for: on its way, here, old because the newest try failed, or not to be had. */

import type { Answer, Problem } from "../../lib/api";

export class Told<T> {
  data = $state.raw<T | null>(null);
  problem = $state.raw<Problem | null>(null);
  busy = $state(false);
  #number = 0;

  constructor(private readonly ask: () => Promise<Answer<T>>) {}

  /** Ask again. Of two that overlap the later one counts. */
  load = async (): Promise<void> => {
    const number = ++this.#number;
    this.busy = true;
    const answer = await this.ask();
    if (number !== this.#number) return;
    this.busy = false;
    this.problem = answer.ok ? null : answer.problem;
    if (answer.ok) this.data = answer.data;
  };

  /** As an answer to something that was done has told it. */
  set(data: T): void {
    this.#number++;
    this.busy = false;
    this.problem = null;
    this.data = data;
  }
}
