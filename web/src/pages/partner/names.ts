/** How the fields of a brand's document are called for people. */

import { say, texts } from "../../lib/texts.svelte";

/** Of a path as the server and the draft have it: "colours.on_accent", "texts.sign-in.de", "languages[2]". */
export function fieldName(path: string): string {
  const [first = "", ...rest] = path.split(".");
  const name = first.replace(/\[\d+\]$/, "");
  if (name === "colours" && rest[0]) return say(`partner-colour-${rest[0].replaceAll("_", "-")}`);
  if (name === "fonts" && rest[0]) return say(`partner-font-${rest[0]}`);
  if (name === "texts") {
    // Of a key with dots the last part is the language, where there is one.
    const language = rest.length > 1 ? (rest.at(-1) ?? "") : "";
    return say("partner-field-text", { key: (language ? rest.slice(0, -1) : rest).join("."), language });
  }
  const key = `partner-field-${name}`;
  return texts.has(key) ? say(key) : path;
}
