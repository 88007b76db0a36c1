/**
 * A refusal in words: what has happened, and what to do. A code that has a text `problem-CODE` (and `problem-CODE-do`)
 * is told by it; of others the server's own words are shown, with the code to look up.
 */

import type { Problem } from "./api";
import { say, texts } from "./texts.svelte";

export function explained(problem: Problem): { title: string; advice: string } {
  const key = `problem-${problem.code.replaceAll("_", "-")}`;
  if (texts.has(key)) {
    return { title: say(key, problem.values), advice: texts.has(`${key}-do`) ? say(`${key}-do`, problem.values) : "" };
  }
  return { title: problem.text || say("problem"), advice: say("problem-code", { code: problem.code }) };
}
