/**
 * Work that is asked for many times is done once a frame, and of several works one a frame: 1,000 updates a second are
 * drawn at most 60 times, and book, trades and prices never in the same sixtieth of a second.
 *
 * Between two draws no frame is asked for: a page on which nothing is due stands still.
 */

interface Work {
  run: () => void;
  apart_ms: number;
  frames: number;
  /** By the clock of frames: not before. */
  due: number;
}

/** A little before it is due is due: frames are not to the millisecond. */
const EARLY_MS = 2;
const waiting = new Set<Work>();
let asked = false;
let taken = 0;

/**
 * @param apart_ms at least so long between two: what people read as text need not change 60 times a second.
 * @param frames how many it takes: a library that draws in the frame after the one in which it is told has that one, too.
 */
export function onceAFrame(run: () => void, apart_ms = 0, frames = 1): () => void {
  const work = { run, apart_ms, frames, due: -Infinity };
  return () => {
    if (waiting.has(work)) return;
    waiting.add(work);
    ask();
  };
}

function ask(): void {
  const first = next();
  if (asked || first === null) return;
  asked = true;
  const left = first.due - EARLY_MS - performance.now();
  if (left > 0) setTimeout(() => requestAnimationFrame(draw), left);
  else requestAnimationFrame(draw);
}

function draw(now: number): void {
  asked = false;
  const work = next();
  if (taken > 0) taken--;
  else if (work !== null && work.due - EARLY_MS <= now) {
    waiting.delete(work);
    work.due = now + work.apart_ms;
    taken = work.frames - 1;
    work.run();
  }
  ask();
}

/** What has been due for longest; null where nothing waits. */
function next(): Work | null {
  let found: Work | null = null;
  for (const work of waiting) if (found === null || work.due < found.due) found = work;
  return found;
}
