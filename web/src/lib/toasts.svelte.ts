/** Short notes in the corner of every page. */

import type { Problem } from "./api";
import { explained } from "./problems";

export interface Toast {
  id: number;
  kind: "done" | "failed" | "note";
  title: string;
  text: string;
}
const SHOWN_MS = 7_000;

class Toasts {
  all = $state<Toast[]>([]);
  #last = 0;

  show(kind: Toast["kind"], title: string, text = ""): void {
    const id = ++this.#last;
    this.all = [...this.all.slice(-4), { id, kind, title, text }];
    setTimeout(() => this.drop(id), SHOWN_MS);
  }

  /** A refusal in words, with what to do. */
  problem(problem: Problem): void {
    const told = explained(problem);
    this.show("failed", told.title, told.advice);
  }

  drop(id: number): void {
    this.all = this.all.filter((one) => one.id !== id);
  }
}

export const toasts = new Toasts();
