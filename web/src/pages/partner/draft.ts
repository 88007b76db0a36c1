/**
 * A draft of the brand's document: what is in it, what of it was changed, and the steps back and forth. Pure.
 */

export interface Colours {
  background: string;
  surface: string;
  text: string;
  muted: string;
  accent: string;
  on_accent: string;
  rise: string;
  fall: string;
}
export interface Fonts {
  heading: string;
  body: string;
  figures: string;
}
/** What the desk changes of it; all else is carried along as it came. */
export interface Document {
  name: string;
  title: string;
  logo: string;
  colours: Colours;
  fonts: Fonts;
  languages: string[];
  texts: Record<string, Record<string, string>>;
  support: string;
  [other: string]: unknown;
}

/** The fields that differ, by their paths: "title", "colours.accent", "texts.sign-in.de". */
export function changes(before: unknown, after: unknown, path = ""): string[] {
  if (isTable(before) && isTable(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return names.flatMap((name) => changes(before[name], after[name], path ? `${path}.${name}` : name));
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [path];
}

const isTable = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The states of a draft, and where in them it is. */
export interface Steps {
  all: Document[];
  at: number;
}
const MOST = 100;

export const begin = (document: Document): Steps => ({ all: [document], at: 0 });
export const current = (steps: Steps): Document => steps.all[steps.at] as Document;

/**
 * A new state behind the one it was made from; those that were undone are gone.
 *
 * @param merges whether it goes on with the change before, as the next letter of a word does.
 */
export function pushed(steps: Steps, next: Document, merges = false): Steps {
  if (changes(current(steps), next).length === 0) return steps;
  const kept = steps.all.slice(0, steps.at + (merges && steps.at > 0 ? 0 : 1));
  const all = [...kept, next].slice(-MOST);
  return { all, at: all.length - 1 };
}

export const undone = (steps: Steps): Steps => ({ ...steps, at: Math.max(steps.at - 1, 0) });
export const redone = (steps: Steps): Steps => ({ ...steps, at: Math.min(steps.at + 1, steps.all.length - 1) });

/** A text of the brand's own in a language, or without it where it is empty: no empty text stays behind. */
export function withText(document: Document, key: string, language: string, text: string): Document {
  const { [language]: _, ...others } = document.texts[key] ?? {};
  const told = text ? { ...others, [language]: text } : others;
  const { [key]: __, ...rest } = document.texts;
  return { ...document, texts: Object.keys(told).length ? { ...rest, [key]: told } : rest };
}

/** Without a language, and without all texts in it. */
export function withoutLanguage(document: Document, language: string): Document {
  let changed: Document = { ...document, languages: document.languages.filter((one) => one !== language) };
  for (const key of Object.keys(document.texts)) changed = withText(changed, key, language, "");
  return changed;
}
