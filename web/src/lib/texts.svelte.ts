/**
 * What is said on every page: Fluent messages, the same files as the server's, fetched by area with the brand's own
 * texts in place of ours. `say("sign-in")` is reactive: another language shows at once.
 */

import { type FluentBundle, FluentResource } from "@fluent/bundle";
import { brand } from "./brand";
import { bundleOf, said, type Values } from "./fluent";

const KEY = "language";

class Texts {
  language = $state(brand.languages.find((one) => one === localStorage.getItem(KEY)) ?? brand.language);
  #bundle = $state.raw<FluentBundle>(bundleOf("en"));
  #areas = new Set<string>();
  #asked = new Map<string, Promise<void>>();

  /** Fetch the texts of an area, unless they are here or on their way. A page asks for its own before it is shown. */
  need(area: string): Promise<void> {
    const asked = this.#asked.get(area) ?? this.#add(area);
    this.#asked.set(area, asked);
    asked.catch(() => this.#asked.delete(area)); // whoever asks next has another try
    return asked;
  }

  async #add(area: string): Promise<void> {
    const resource = await fetched(this.language, area);
    this.#areas.add(area);
    const bundle = bundleOf(this.language);
    for (const [, message] of this.#bundle._messages) bundle._messages.set(message.id, message);
    for (const [, term] of this.#bundle._terms) bundle._terms.set(term.id, term);
    bundle.addResource(resource, { allowOverrides: true });
    this.#bundle = bundle;
  }

  /** Speak another language, once its texts are here. */
  async speak(language: string): Promise<void> {
    await this.#load(language);
    localStorage.setItem(KEY, language);
  }

  /** Fetch everything that is here once more: the brand has other texts now, and maybe not this language. */
  again(): Promise<void> {
    return this.#load(brand.languages.includes(this.language) ? this.language : brand.language);
  }

  async #load(language: string): Promise<void> {
    const bundle = bundleOf(language);
    for (const resource of await Promise.all([...this.#areas].map((area) => fetched(language, area)))) {
      bundle.addResource(resource, { allowOverrides: true });
    }
    this.language = language;
    this.#bundle = bundle;
    this.show();
  }

  /** The document's own language and direction. */
  show(): void {
    document.documentElement.lang = this.language;
    document.documentElement.dir = brand.rightToLeft.includes(this.language) ? "rtl" : "ltr";
  }

  has(key: string): boolean {
    return this.#bundle.hasMessage(key);
  }

  say(key: string, values?: Values): string {
    return said(this.#bundle, key, values);
  }
}

async function fetched(language: string, area: string): Promise<FluentResource> {
  const answer = await fetch(`/web/texts/${language}/${area}.ftl`);
  if (!answer.ok) throw new Error(`texts of ${area} in ${language}: ${answer.status}`);
  return new FluentResource(await answer.text());
}

export const texts = new Texts();
export const say = (key: string, values?: Values): string => texts.say(key, values);
