/** Countries by their names in a language: what the browser has names for, since a list of our own would grow old. */

const LETTERS = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
/** Of the codes that have names: unions, islands of another code, and what stands for nothing. */
const NONE = new Set(["AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"]);

export interface Country {
  code: string;
  name: string;
}

export function countries(language: string): Country[] {
  const names = new Intl.DisplayNames([language], { type: "region", fallback: "none" });
  const codes = LETTERS.flatMap((first) => LETTERS.map((second) => first + second));
  const found: Country[] = [];
  for (const code of codes) {
    // A code that is no longer used is told by the name of the one that came after it.
    if (NONE.has(code) || new Intl.Locale(`und-${code}`).region !== code) continue;
    const name = names.of(code);
    if (name !== undefined) found.push({ code, name });
  }
  const { compare } = new Intl.Collator(language);
  return found.sort((one, other) => compare(one.name, other.name));
}
