/** An answer that a page shows: on its way, here, here but old, or not to be had. Asked again when told to, or by itself. */

import { desk, type Problem } from "./api";

export class Asked<T> {
  data = $state.raw<T | null>(null);
  problem = $state.raw<Problem | null>(null);
  /** When it came, in ms since 1970. */
  at = $state(0);
  #path: () => string;
  #turn = 0;

  /** @param path read anew at each asking, so that it may depend on what was chosen. */
  constructor(path: () => string) {
    this.#path = path;
  }

  get state(): "loading" | "failed" | "stale" | "here" {
    if (this.data === null) return this.problem ? "failed" : "loading";
    return this.problem ? "stale" : "here";
  }

  async ask(): Promise<void> {
    const turn = ++this.#turn;
    const answer = await desk<T>("GET", this.#path());
    if (turn !== this.#turn) return;
    this.problem = answer.ok ? null : answer.problem;
    if (!answer.ok) return;
    this.data = answer.data;
    this.at = Date.now();
  }

  /** Ask now and then while the page can be seen; gives what ends it. */
  every(ms: number): () => void {
    void this.ask();
    const timer = setInterval(() => {
      if (!document.hidden) void this.ask();
    }, ms);
    return () => {
      clearInterval(timer);
      this.#turn++;
    };
  }
}
