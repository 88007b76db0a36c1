/** Where the app is: the path of the address bar, by the History API. Pages are found by `find` in `places.ts`. */

import { SvelteURLSearchParams } from "svelte/reactivity";

class Place {
  path = $state(location.pathname);
  query = new SvelteURLSearchParams(location.search);

  constructor() {
    addEventListener("popstate", () => this.#read());
    document.addEventListener("click", (event) => this.#clicked(event));
  }

  /** Go to another page of the app. */
  go(to: string, replacing = false): void {
    const change = replacing ? "replaceState" : "pushState";
    history[change](null, "", to);
    this.#read();
    if (!replacing) scrollTo(0, 0);
  }

  #read(): void {
    this.path = location.pathname;
    for (const name of [...this.query.keys()]) this.query.delete(name);
    for (const [name, value] of new URLSearchParams(location.search)) this.query.set(name, value);
  }

  /** Links to places of the app do not load it anew; all others, and those opened elsewhere, are the browser's. */
  #clicked(event: MouseEvent): void {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link || link.target || link.origin !== location.origin || !link.hasAttribute("data-in")) return;
    event.preventDefault();
    this.go(link.pathname + link.search + link.hash);
  }
}

export const place = new Place();
