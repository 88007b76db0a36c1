/** What is asked for again by itself, a few times, when nothing but a little patience is needed. */

import type { Answer } from "./api";

/** History lags, too much is asked at once, or the connection is lost for a moment. */
const PASSING = new Set(["50001", "50011", "50013", "offline", "late", "unavailable", "too_many_requests"]);
export const WAITS_MS = [500, 1_500, 3_000];

/**
 * @param isWanted asked before each further try; who does not want it any more gets null.
 */
export async function patiently<T>(ask: () => Promise<Answer<T>>, isWanted: () => boolean): Promise<Answer<T> | null> {
  for (const wait of [...WAITS_MS, null]) {
    const answer = await ask();
    if (!isWanted()) return null;
    if (answer.ok || wait === null || !PASSING.has(answer.problem.code)) return answer;
    await new Promise((done) => setTimeout(done, wait));
    if (!isWanted()) return null;
  }
  return null;
}
