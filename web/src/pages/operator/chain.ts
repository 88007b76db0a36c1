/** Signed hours recomputed in the browser: the root over the statements, the link over what is signed. BP-1 to BP-3. */

export interface SignedHour {
  roots: string[];
  signature: string;
  signed: Record<string, string>;
}

/** Why an hour is not what it says, or "". */
export async function wrongWith(one: SignedHour): Promise<"" | "root"> {
  return (await hourRoot(one.roots)) === one.signed["root"] && String(one.roots.length) === one.signed["statements"] ? "" : "root";
}

/** What the next hour names: SHA-256 over the canonical form of the signature and what is signed. */
export async function linkOf(one: SignedHour): Promise<string> {
  const signed = Object.keys(one.signed).toSorted();
  const inside = signed.map((key) => `${JSON.stringify(key)}:${JSON.stringify(one.signed[key])}`).join(",");
  const canonical = `{"signature":${JSON.stringify(one.signature)},"signed":{${inside}}}`;
  return hex(await sha256(new TextEncoder().encode(canonical)));
}

/** The root over the roots of an hour's statements; of none, the hash of nothing. */
export async function hourRoot(roots: string[]): Promise<string> {
  if (roots.length === 0) return hex(await sha256(new Uint8Array()));
  let row = await Promise.all(roots.map((root) => sha256(concat(Uint8Array.of(2), bytesOf(root)))));
  while (row.length > 1) {
    const next: Uint8Array[] = [];
    for (let at = 0; at < row.length; at += 2) {
      const [left, right] = [row[at], row[at + 1]];
      if (left) next.push(right ? await sha256(concat(Uint8Array.of(1), left, right)) : left);
    }
    row = next;
  }
  return row[0] ? hex(row[0]) : "";
}

async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as BufferSource));
}
function concat(...parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
const bytesOf = (text: string) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
