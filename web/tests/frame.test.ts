import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

const FRAME_MS = 16;
let frames: number;
let onceAFrame: typeof import("../src/lib/frame").onceAFrame;

beforeEach(async () => {
  vi.resetModules();
  ({ onceAFrame } = await import("../src/lib/frame"));
  vi.useFakeTimers({ toFake: ["setTimeout", "performance"] });
  frames = 0;
  // Node has no frames: here they come every 16 ms.
  vi.stubGlobal("requestAnimationFrame", (work: FrameRequestCallback) => {
    frames++;
    setTimeout(() => work(performance.now()), FRAME_MS - (performance.now() % FRAME_MS));
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("work of a frame", () => {
  it("is done once, however often it is asked for", () => {
    let done = 0;
    const draw = onceAFrame(() => done++);
    for (let asked = 0; asked < 1_000; asked++) draw();
    expect(done).toBe(0);
    vi.advanceTimersByTime(10 * FRAME_MS);
    expect(done).toBe(1);
  });

  it("keeps its distance from the last, and asks for no frame in between", () => {
    const at: number[] = [];
    const draw = onceAFrame(() => at.push(performance.now()), 100);
    for (let ms = 0; ms < 1_000; ms++) {
      draw();
      vi.advanceTimersByTime(1);
    }
    expect(at.length).toBeGreaterThanOrEqual(9);
    expect(at.length).toBeLessThanOrEqual(11);
    const apart = at.slice(1).map((one, number) => one - (at[number] ?? 0));
    expect(Math.min(...apart)).toBeGreaterThanOrEqual(98);
    expect(frames).toBeLessThanOrEqual(at.length + 1);
  });

  it("is one work a frame, the one that has waited longest first; none waits for ever", () => {
    const done: string[] = [];
    const works = ["book", "trades", "tickers"].map((name) => onceAFrame(() => done.push(`${name} ${performance.now()}`), FRAME_MS));
    for (let ms = 0; ms < 1_000; ms++) {
      for (const work of works) work();
      vi.advanceTimersByTime(1);
    }
    const moments = done.map((one) => one.split(" ")[1]);
    expect(new Set(moments).size).toBe(moments.length);
    const counts = ["book", "trades", "tickers"].map((name) => done.filter((one) => one.startsWith(name)).length);
    expect(Math.min(...counts)).toBeGreaterThan(15);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  });
});
