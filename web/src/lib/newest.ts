/** What was asked for beside what is told: the newer of both. */

import type { Answer, Problem } from "./api";

const TRIES = 5;

/** Ask, and take the answer unless something was told meanwhile, which may be newer than it: then ask again. */
export async function newest<Row>(
  ask: () => Promise<Answer<Row[]>>,
  told: () => number,
  take: (rows: Row[]) => void,
): Promise<Problem | null> {
  for (let tries = 0; tries < TRIES; tries++) {
    const before = told();
    const answer = await ask();
    if (!answer.ok) return answer.problem;
    if (told() === before) {
      take(answer.data);
      break;
    }
  }
  return null; // who is told so often has been told all
}
