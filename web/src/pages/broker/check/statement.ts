/**
 * A whole statement: its form, its hashes and root, each line recomputed, and the footer from the lines. Rule B-23.
 *
 * Nothing is asked of the server here: what is checked are the bytes of a file, wherever they come from.
 */

import { canonical, Fault, object, of, whole, type Line } from "./canonical";
import { checkHeader, checkLine, sum } from "./line";
import { isHash, leafHashes, rootOver } from "./merkle";

/** What a statement says, once it is right. Amounts are units of the payout asset. */
export interface Checked {
  header: Line;
  lines: Line[];
  /** Of header and lines, which the root is over. */
  leaves: string[];
  root: string;
  total: bigint;
  paid: bigint;
  carried: bigint;
}
/** The first line that is wrong, counted from 1; null: it is the file itself. */
export interface Wrong {
  line: number | null;
  fault: Fault;
}
export type Outcome = { ok: true; checked: Checked } | { ok: false; wrong: Wrong };

export async function verifyStatement(
  content: Uint8Array,
  told: (done: number, of: number) => void = () => {},
): Promise<Outcome> {
  const parts = textsOf(content);
  if (!Array.isArray(parts)) return wrong(parts.line, new Fault("not-ascii"));
  if (parts.length < 3 || parts.at(-1) !== "") return wrong(parts.length, new Fault("cut-short"));
  parts.pop();
  const last = parts.length;
  const lines = parts.slice(0, -1);
  const end = footerOf(parts[last - 1] ?? "");
  if (end === null) return wrong(last, new Fault("footer-unreadable"));
  const found = await leafHashes(lines, (done) => told(done, lines.length));
  const fits = (await rootOver(end.leaves)) === end.root && found.length === end.leaves.length;
  const differing = found.findIndex((one, at) => one !== end.leaves[at]);
  if (!fits || (differing >= 0 && (await rootOver(found)) === end.root)) return wrong(last, new Fault("footer-hashes"));
  if (differing >= 0) return wrong(differing + 1, new Fault("line-hash"));
  return recompute(parts, found, end.root);
}

/** The lines, or the first one that has something else than ASCII. */
function textsOf(content: Uint8Array): string[] | { line: number } {
  let line = 1;
  for (const one of content) {
    if (one > 127) return { line };
    if (one === 10) line++;
  }
  return new TextDecoder().decode(content).split("\n");
}

function footerOf(text: string): { leaves: string[]; root: string } | null {
  try {
    const told = JSON.parse(text) as { leaves?: unknown; root?: unknown };
    if (!Array.isArray(told.leaves) || !told.leaves.every(isHash) || !isHash(told.root)) return null;
    return { leaves: told.leaves, root: told.root };
  } catch {
    return null;
  }
}

/** What the hashes cannot tell: whether the lines follow from their inputs, and the footer from the lines. */
function recompute(texts: string[], leaves: string[], root: string): Outcome {
  const lines: Line[] = [];
  const seen = new Set<string>();
  let header: Line = {};
  for (const [at, text] of texts.slice(0, -1).entries()) {
    try {
      const line = object(JSON.parse(text));
      if (canonical(line) !== text) throw new Fault("not-canonical");
      if (at === 0) checkHeader((header = line));
      else {
        const side = `${String(of(line, "fill"))} ${String(of(line, "role"))}`;
        if (seen.has(side)) throw new Fault("twice");
        checkLine(line, header);
        seen.add(side);
        lines.push(line);
      }
    } catch (failure) {
      return wrong(at + 1, failure instanceof Fault ? failure : new Fault("unreadable", { name: "JSON" }));
    }
  }
  const total = sum(lines.map((line) => whole(object(of(line, "your")), "paid")));
  const due = total + whole(header, "brought_forward");
  const paid = due >= whole(header, "minimum_payout") ? due : 0n;
  const carried = due - paid;
  const footer = {
    carried_forward: String(carried),
    count: String(lines.length),
    kind: "footer",
    leaves,
    paid: String(paid),
    root,
    total: String(total),
  };
  if (canonical(footer) !== texts.at(-1)) {
    return wrong(texts.length, new Fault("footer", { total: String(total), paid: String(paid), count: String(lines.length) }));
  }
  return { ok: true, checked: { header, lines, leaves, root, total, paid, carried } };
}

const wrong = (line: number | null, fault: Fault): Outcome => ({ ok: false, wrong: { line, fault } });
