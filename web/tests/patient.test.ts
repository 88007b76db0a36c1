import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Answer } from "../src/lib/api";
import { patiently, WAITS_MS } from "../src/lib/patient";

const failed = (code: string): Answer<string> => ({ ok: false, problem: { code, text: "", values: {} } });
const good: Answer<string> = { ok: true, data: "rows" };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Each call gets the next answer; the last one for ever. */
function answering(...answers: Answer<string>[]) {
  return vi.fn(() => Promise.resolve((answers.length > 1 ? answers.shift() : answers[0]) as Answer<string>));
}

test("history that lags is asked for again, and nobody hears of it", async () => {
  const ask = answering(failed("50001"), failed("50001"), good);
  const told = patiently(ask, () => true);
  await vi.runAllTimersAsync();
  expect(await told).toEqual(good);
  expect(ask).toHaveBeenCalledTimes(3);
});

test("after the last try it has failed", async () => {
  const ask = answering(failed("50001"));
  const told = patiently(ask, () => true);
  await vi.runAllTimersAsync();
  expect(await told).toEqual(failed("50001"));
  expect(ask).toHaveBeenCalledTimes(WAITS_MS.length + 1);
});

test("what no patience helps against is told at once", async () => {
  const ask = answering(failed("50114"));
  expect(await patiently(ask, () => true)).toEqual(failed("50114"));
  expect(ask).toHaveBeenCalledTimes(1);
});

test("who does not want it any more asks no further, and gets nothing", async () => {
  const ask = answering(failed("50001"));
  let wanted = true;
  const told = patiently(ask, () => wanted);
  await vi.advanceTimersByTimeAsync(1);
  wanted = false;
  await vi.runAllTimersAsync();
  expect(await told).toBeNull();
  expect(ask).toHaveBeenCalledTimes(1);
});
