/**
 * The brand's document at the desk: a draft in this browser, looked at as the server would show it, then published.
 * A draft outlives a reload; it is dropped when it is published or discarded.
 */

import { desk, type Answer, type Problem } from "../../lib/api";
import { act } from "../../lib/proof.svelte";
import { begin, changes, current, pushed, redone, undone, type Colours, type Document, type Steps } from "./draft";

export interface Version {
  brand: string;
  version: number;
  document: Document;
  time_ns: string;
  author: string;
  note: string;
}
export interface Pair {
  text: keyof Colours;
  behind: keyof Colours;
  contrast: string;
  least: string;
  is_readable: boolean;
  nearest: string;
}
export interface Look {
  light: Colours;
  dark: Colours;
  is_dark: boolean;
  fonts: Record<string, string>;
  pairs: Pair[];
  faults: { field: string; value: string; why: string }[];
}
const PREVIEW_AFTER_MS = 200;
const keyOf = (brand: string) => `draft-${brand}`;

class Brand {
  /** As it is published. */
  said = $state.raw<Version | null>(null);
  problem = $state.raw<Problem | null>(null);
  look = $state.raw<Look | null>(null);
  /** Whether the look is of an older state of the draft. */
  isLooking = $state(false);
  #steps = $state.raw<Steps | null>(null);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #touched = "";

  get draft(): Document | null {
    return this.#steps && current(this.#steps);
  }
  get changed(): string[] {
    return this.said && this.draft ? changes(this.said.document, this.draft) : [];
  }
  get canUndo(): boolean {
    return (this.#steps?.at ?? 0) > 0;
  }
  get canRedo(): boolean {
    return this.#steps !== null && this.#steps.at < this.#steps.all.length - 1;
  }

  load = async (): Promise<void> => {
    const answer = await desk<Version>("GET", "/partner/v1/brand");
    this.problem = answer.ok ? null : answer.problem;
    if (answer.ok) this.#be(answer.data);
  };

  /**
   * Change the draft.
   *
   * @param field changes of one field that follow each other are one step back.
   */
  change(next: Document, field: string): void {
    if (!this.#steps) return;
    this.#steps = pushed(this.#steps, next, field === this.#touched);
    this.#touched = field;
    this.#changed();
  }

  undo(): void {
    this.#step(undone);
  }
  redo(): void {
    this.#step(redone);
  }
  discard(): void {
    if (this.said && this.#steps) this.#step((steps) => pushed(steps, this.said?.document ?? current(steps)));
  }

  async publish(note: string): Promise<Answer<Version>> {
    const answer = await act<Version>("PUT", "/partner/v1/brand", { based_on: this.said?.version, document: this.draft, note });
    if (answer.ok) this.#published(answer.data);
    return answer;
  }

  /** Say again what an older version said. */
  async goBack(to: number): Promise<Answer<Version>> {
    const answer = await act<Version>("POST", "/partner/v1/brand/undo", { based_on: this.said?.version, to });
    if (answer.ok) this.#published(answer.data);
    return answer;
  }

  #be(version: Version): void {
    this.said = version;
    this.#touched = "";
    this.#steps = begin(version.document);
    const kept = localStorage.getItem(keyOf(version.brand));
    if (kept) {
      const { version: number, draft } = JSON.parse(kept) as { version: number; draft: Document };
      if (number === version.version) this.#steps = pushed(this.#steps, draft);
    }
    void this.#preview();
  }

  #published(version: Version): void {
    localStorage.removeItem(keyOf(version.brand));
    this.#be(version);
  }

  #step(move: (steps: Steps) => Steps): void {
    if (!this.#steps) return;
    this.#steps = move(this.#steps);
    this.#touched = "";
    this.#changed();
  }

  #changed(): void {
    if (!this.said) return;
    const key = keyOf(this.said.brand);
    if (this.changed.length) localStorage.setItem(key, JSON.stringify({ version: this.said.version, draft: this.draft }));
    else localStorage.removeItem(key);
    this.isLooking = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#preview(), PREVIEW_AFTER_MS);
  }

  async #preview(): Promise<void> {
    const asked = this.draft;
    const answer = await desk<Look>("POST", "/partner/v1/brand/preview", { document: asked });
    if (asked !== this.draft) return;
    this.isLooking = false;
    if (answer.ok) this.look = answer.data;
  }
}

export const brandDesk = new Brand();
