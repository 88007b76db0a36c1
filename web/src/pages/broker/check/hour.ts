/** A signed hour: its signature, its root, and that a statement is one of its. Rules BP-1 to BP-4. */

import { canonical, Fault, spread, type Line } from "./canonical";
import { climb, hourLeaf, isHash, leafHash, rootOver, sha256, unhex, way, type Step } from "./merkle";
import type { Checked } from "./statement";

const FORMAT = "commonbook-hour-1";
const SIGNED = ["format", "hour", "key", "number", "previous", "program", "root", "statements"];
const SIGNATURE = /^[0-9a-f]{128}$/;

/** As `GET /program/v1/signed-hours/{hour}` tells it. */
export interface SignedHour {
  roots: string[];
  signature: string;
  signed: Record<string, string>;
}

/**
 * The signature, and the root from the roots of all statements.
 * @param key that must have signed it, where it is known from elsewhere; "" for the one that it names.
 * @throws Fault
 */
export async function checkHour(hour: SignedHour, key = ""): Promise<void> {
  const { signed, signature, roots } = hour;
  if (Object.keys(signed).sort().join() !== SIGNED.join() || signed["format"] !== FORMAT) throw new Fault("format", { format: FORMAT });
  if (![signed["root"], signed["previous"], signed["key"], ...roots].every(isHash)) throw new Fault("hour-unreadable");
  if (key && signed["key"] !== key) throw new Fault("other-key", { found: signed["key"] ?? "" });
  if (!SIGNATURE.test(signature) || !(await isSigned(signed["key"] ?? "", signature, canonical(signed)))) {
    throw new Fault("signature");
  }
  const leaves = await Promise.all(roots.map(hourLeaf));
  if ((await rootOver(leaves)) !== signed["root"] || String(roots.length) !== signed["statements"]) throw new Fault("hour-root");
}

/** Ed25519, by the browser's own cryptography. @throws Fault `no-ed25519` where it has none. */
async function isSigned(key: string, signature: string, text: string): Promise<boolean> {
  let imported: CryptoKey;
  try {
    imported = await crypto.subtle.importKey("raw", unhex(key), { name: "Ed25519" }, false, ["verify"]);
  } catch (failure) {
    if (failure instanceof DOMException && failure.name === "NotSupportedError") throw new Fault("no-ed25519");
    return false;
  }
  return crypto.subtle.verify("Ed25519", imported, unhex(signature), new TextEncoder().encode(text));
}

/**
 * The way from a statement's root to the root that is signed, and that it leads there.
 * @throws Fault
 */
export async function wayInHour(checked: Checked, hour: SignedHour): Promise<Step[]> {
  const { header } = checked;
  if (header["program"] !== hour.signed["program"] || header["hour"] !== hour.signed["hour"]) throw new Fault("other-hour");
  const place = hour.roots.indexOf(checked.root);
  if (place < 0) throw new Fault("not-in-hour");
  const steps = await way(await Promise.all(hour.roots.map(hourLeaf)), place);
  if ((await climb(await hourLeaf(checked.root), steps)) !== hour.signed["root"]) throw new Fault("not-in-hour");
  return steps;
}

/** The way from one line to the statement's root, and that it leads there. @throws Fault */
export async function wayOfLine(checked: Checked, line: Line): Promise<Step[]> {
  const place = checked.lines.indexOf(line) + 1;
  const steps = await way(checked.leaves, place);
  if ((await climb(await leafHash(canonical(line)), steps)) !== checked.root) throw new Fault("line-hash");
  return steps;
}

/** That an hour names another as the one before it. @throws Fault */
export async function checkFollows(hour: SignedHour, before: SignedHour): Promise<void> {
  const link = await sha256(new TextEncoder().encode(canonical({ signature: before.signature, signed: before.signed })));
  if (hour.signed["previous"] !== link) throw new Fault("chain");
}

/** The proof of one line, a file that `commonbook verify-proof` reads. @throws Fault */
export async function proofOf(checked: Checked, line: Line, hour: SignedHour): Promise<string> {
  return spread({
    format: "commonbook-proof-1",
    header: checked.header,
    header_hash: checked.leaves[0],
    header_way: await way(checked.leaves, 0),
    line,
    line_hash: await leafHash(canonical(line)),
    line_way: await wayOfLine(checked, line),
    signature: hour.signature,
    signed_hour: hour.signed,
    signed_hour_hash: await leafHash(canonical(hour.signed)),
    statement_root: checked.root,
    statement_way: await wayInHour(checked, hour),
  });
}
