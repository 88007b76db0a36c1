/** The trees over a statement's lines and an hour's statements, by WebCrypto. Rules B-22, BP-2 and BP-4. */

export type Step = ["left" | "right", string];
const DIGEST = /^[0-9a-f]{64}$/;
const TOGETHER = 2_000; // digests that are asked for at once

export const hex = (bytes: Uint8Array): string => Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");

export function unhex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** Whether a text is a hash: 64 small hexadecimal digits. */
export const isHash = (text: unknown): text is string => typeof text === "string" && DIGEST.test(text);

export async function sha256(content: Uint8Array<ArrayBuffer>): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", content)));
}

/** SHA-256(00 || line). */
export const leafHash = (text: string): Promise<string> => sha256(behind(0, new TextEncoder().encode(text)));

/** What a statement's root is in the hour's tree: SHA-256(02 || root). */
export const hourLeaf = (root: string): Promise<string> => sha256(behind(2, unhex(root)));

/** The hashes of many lines, in their order. */
export async function leafHashes(texts: string[], told: (done: number) => void = () => {}): Promise<string[]> {
  const found: string[] = [];
  for (let at = 0; at < texts.length; at += TOGETHER) {
    found.push(...(await Promise.all(texts.slice(at, at + TOGETHER).map(leafHash))));
    told(found.length);
  }
  return found;
}

/** The rows of the tree from the leaves up; a node without a neighbour moves up. The last row is the root. */
export async function rows(leaves: string[]): Promise<string[][]> {
  const found = [leaves];
  for (let row = leaves; row.length > 1; ) {
    const above: Promise<string>[] = [];
    for (let at = 0; at + 1 < row.length; at += 2) above.push(node(row[at] ?? "", row[at + 1] ?? ""));
    row = [...(await Promise.all(above)), ...(row.length % 2 ? row.slice(-1) : [])];
    found.push(row);
  }
  return found;
}

/** The root over leaf hashes; of none, the hash of nothing. */
export async function rootOver(leaves: string[]): Promise<string> {
  if (!leaves.length) return sha256(new Uint8Array());
  return (await rows(leaves)).at(-1)?.[0] ?? "";
}

/** The nodes beside the way from one leaf up, lowest first. */
export async function way(leaves: string[], place: number): Promise<Step[]> {
  const found: Step[] = [];
  for (const row of (await rows(leaves)).slice(0, -1)) {
    const beside = row[place ^ 1];
    if (beside !== undefined) found.push([(place ^ 1) > place ? "right" : "left", beside]);
    place >>= 1;
  }
  return found;
}

/** The root that a way leads to. */
export async function climb(leaf: string, steps: Step[]): Promise<string> {
  let at = leaf;
  for (const [side, other] of steps) at = side === "left" ? await node(other, at) : await node(at, other);
  return at;
}

const node = (left: string, right: string): Promise<string> => sha256(behind(1, unhex(left + right)));

function behind(first: number, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const found = new Uint8Array(content.length + 1);
  found[0] = first;
  found.set(content, 1);
  return found;
}
