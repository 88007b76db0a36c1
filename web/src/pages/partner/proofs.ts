/** Documents that prove themselves: canonical JSON, SHA-256 of each line, a Merkle root. By the browser's own hashing. */

export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };
export type Line = Record<string, Json>;

/** Names in order, no spaces, ASCII alone: as the server's `json.dumps(sort_keys=True)` writes it. */
export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const told = Object.keys(value)
      .sort()
      .map((name) => `${canonical(name)}:${canonical(value[name] as Json)}`);
    return `{${told.join(",")}}`;
  }
  return JSON.stringify(value).replace(/[\x7f-\uffff]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** SHA-256(00 || line), in hexadecimal. */
export async function leafHash(line: string): Promise<string> {
  const text = new TextEncoder().encode(line);
  const bytes = new Uint8Array(text.length + 1);
  bytes.set(text, 1);
  return hexOf(await digest(bytes));
}

/** Over leaf hashes in hexadecimal: node = SHA-256(01 || left || right), an odd one moves up; of nothing the hash of it. */
export async function merkleRoot(leaves: string[]): Promise<string> {
  let row = leaves.map(bytesOf);
  if (row.length === 0) return hexOf(await digest(new Uint8Array()));
  while (row.length > 1) {
    const next: Uint8Array<ArrayBuffer>[] = [];
    for (let at = 0; at + 1 < row.length; at += 2) {
      const pair = new Uint8Array(65);
      pair[0] = 1;
      pair.set(row[at] as Uint8Array, 1);
      pair.set(row[at + 1] as Uint8Array, 33);
      next.push(await digest(pair));
    }
    if (row.length % 2) next.push(row.at(-1) as Uint8Array<ArrayBuffer>);
    row = next;
  }
  return hexOf(row[0] as Uint8Array);
}

/** Whether this browser hashes here: it does so at secure addresses alone (https, or localhost). */
export const canHash = (): boolean => globalThis.crypto?.subtle !== undefined;

async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}
const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
function bytesOf(hex: string): Uint8Array<ArrayBuffer> {
  if (!/^[0-9a-f]{64}$/.test(hex)) throw new Error("no hash");
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}
