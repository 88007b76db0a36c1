/**
 * A refusal in words: what has happened, and what to do. A code has a text `problem-CODE` (and maybe `problem-CODE-do`),
 * or is what an application waits for, or is one of a family, as all that say that something is not there.
 */

import type { Problem } from "./api";
import { say, texts } from "./texts.svelte";

/** Of each the text. What it is about is in the server's own words, which are shown beside it. */
const FAMILIES: [RegExp, string][] = [
  [/^no_such_/, "problem-no-such"],
  [/^bad_/, "problem-bad"],
  [/^too_many_/, "problem-too-many"],
  [/^refused_/, "problem-refused"],
  [/_in_the_past$/, "problem-in-the-past"],
  [/_too_far$/, "problem-too-far"],
  [/^already_|_already$|_exists$|_taken$/, "problem-already"],
  [/^not_|_not_/, "problem-not"],
  [/^no_|^nothing_/, "problem-no"],
];

export function explained(problem: Problem): { title: string; advice: string } {
  const slug = problem.code.replaceAll("_", "-");
  const key = [`problem-${slug}`, `block-${slug}`].find((one) => texts.has(one));
  if (key && texts.has(`${key}-do`)) return { title: texts.say(key, problem.values), advice: texts.say(`${key}-do`, problem.values) };
  const code = say("problem-code", { code: problem.code });
  // The server's own words are English, and have the values in them.
  if (problem.text && texts.language.startsWith("en")) return { title: problem.text, advice: code };
  if (key) return { title: texts.say(key, problem.values), advice: code };
  const family = FAMILIES.find(([form, text]) => form.test(problem.code) && texts.has(text))?.[1];
  const isSaid = problem.text && texts.has("problem-said");
  return { title: texts.say(family ?? "problem"), advice: isSaid ? `${say("problem-said", { text: problem.text })} ${code}` : code };
}
