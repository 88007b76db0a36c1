/**
 * A page that is open follows its brand: the channel `brand` tells that there is another version of it or that it has
 * other fees. A new logo, colours, names and texts are shown, and fees asked for again, without the page being loaded anew.
 */

import { brand, type Brand } from "./brand";
import { live } from "./live.svelte";
import { texts } from "./texts.svelte";

interface Told {
  version: string;
  fees: object[];
}
const AFTER_MS = 1_200; // until every gateway knows it
const APART_MS = 2_000; // all pages are told at once, and do not ask at once
const AGAIN_MS = 5_000;
const THEME = "/web/theme.css";

class Following {
  /** Counts the looks that were put on since the page was loaded, for what is drawn with their colours. */
  looks = $state(0);
  /** Counts the changes of the brand's fees. */
  fees = $state(0);
  #version = brand.version;
  #fees = "";

  start(): void {
    live.public.listen<Told>({ channel: "brand" }, (push) => push.data.forEach((told) => this.#hear(told)));
  }

  #hear(told: Told): void {
    const fees = JSON.stringify(told.fees);
    if (this.#fees !== "" && fees !== this.#fees) later(() => this.fees++);
    if (told.version !== this.#version) later(() => void this.#become(told.version));
    [this.#fees, this.#version] = [fees, told.version];
  }

  async #become(version: string): Promise<void> {
    if (version !== this.#version) return; // there is a newer one, which is asked for by itself
    try {
      const answer = await fetch("/web/brand.json");
      if (answer.status === 404) return location.reload(); // it is suspended, say, and has another page now
      if (!answer.ok) throw new Error(`brand: ${answer.status}`);
      const now = (await answer.json()) as Brand;
      if (now.version !== version) throw new Error(`brand: ${now.version} instead of ${version}`);
      const was = brand.title;
      Object.assign(brand, now);
      if (document.title === was) document.title = brand.title;
      await Promise.all([texts.again(), dressed(version)]);
      this.looks++;
    } catch {
      setTimeout(() => void this.#become(version), AGAIN_MS);
    }
  }
}

/** The style sheet of the version, which takes the place of the one before once it is there. */
function dressed(version: string): Promise<void> {
  document.querySelector('link[rel="icon"]')?.setAttribute("href", brand.logo || `/web/icon.svg?${version}`);
  const worn = document.querySelector<HTMLLinkElement>(`link[href^="${THEME}"]`);
  if (worn === null) return Promise.resolve();
  const made = worn.cloneNode() as HTMLLinkElement;
  return new Promise((resolve, reject) => {
    made.onload = () => {
      worn.remove();
      resolve();
    };
    made.onerror = () => {
      made.remove();
      reject(new Error("theme"));
    };
    made.href = `${THEME}?${version}`;
    worn.after(made);
  });
}

const later = (act: () => void) => void setTimeout(act, AFTER_MS + Math.random() * APART_MS);

export const following = new Following();
