/** Fluent, as pages use it. */

import { FluentBundle, type FluentVariable } from "@fluent/bundle";

export type Values = Record<string, FluentVariable>;

/** A text of a bundle; the key itself, in brackets, where there is none: the tests see to it that there is. */
export function said(bundle: FluentBundle, key: string, values?: Values): string {
  const pattern = bundle.getMessage(key)?.value;
  if (pattern == null) return `[${key}]`;
  return bundle.formatPattern(pattern, values, []);
}

/** Isolating marks keep an amount whole within a text from right to left. */
export function bundleOf(language: string): FluentBundle {
  return new FluentBundle([language, "en"], { useIsolating: true });
}

/** Kept in one piece beside other text, whichever way each is written; by the marks that Fluent puts around a value. */
export const isolated = (text: string): string => `\u2068${text}\u2069`;
