import { shownText } from "../../lib/money";

/** Whether each word that is looked for stands in one of the texts. */
export function matches(wanted: string, texts: string[]): boolean {
  const all = texts.join("\n").toLocaleLowerCase();
  return wanted
    .toLocaleLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .every((word) => all.includes(word));
}

/** A fraction as a decimal string in per cent, without a number in between: "0.001" is "0.1 %". */
export function percentOf(fraction: string, language: string): string {
  const found = /^(-?)(\d+)(?:\.(\d+))?$/.exec(fraction);
  if (found === null) return fraction;
  const [, sign = "", whole = "", rest = ""] = found;
  const digits = rest.padEnd(2, "0");
  const behind = digits.slice(2).replace(/0+$/, "");
  const percent = `${sign}${BigInt(whole + digits.slice(0, 2))}${behind && `.${behind}`}`;
  return `${shownText(percent, language)} %`;
}
