/** The terminal's keys. None counts while something is typed, or with a modifier: those are the browser's. */

export const SHORTCUTS: [key: string, text: string][] = [
  ["B", "keys-buy"],
  ["S", "keys-sell"],
  ["L", "keys-limit"],
  ["M", "keys-market"],
  ["P", "keys-post-only"],
  ["1 – 4", "keys-part"],
  ["Enter", "keys-send"],
  ["/", "keys-markets"],
  ["↑ ↓", "keys-move"],
  ["?", "keys-help"],
];

type Acts = Record<string, () => void>;

class Keys {
  #all = new Set<Acts>();

  /** Act on these keys until the function that this returns is called. */
  listen(acts: Acts): () => void {
    this.#all.add(acts);
    return () => this.#all.delete(acts);
  }

  pressed(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const at = event.target;
    if (at instanceof Element && at.closest("input, select, textarea, dialog, [contenteditable]")) return;
    const key = event.key.toLowerCase();
    for (const acts of this.#all) {
      const act = acts[key];
      if (act === undefined) continue;
      event.preventDefault();
      act();
    }
  }
}

export const keys = new Keys();
