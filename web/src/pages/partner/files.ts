/** Files of the desk: fetched whole or in parts, made here, and saved by the browser. */

import type { Answer, Problem } from "../../lib/api";

const HASHED_MOST = 256 * 1024 * 1024; // bytes: the browser hashes no file in parts

/** What a route answers, as it is. */
export async function fileAt(path: string): Promise<Answer<Blob>> {
  try {
    const answer = await fetch(path, { credentials: "same-origin" });
    if (answer.ok) return { ok: true, data: await answer.blob() };
    const told = (await answer.json()) as { error?: { code: string; message: string; values?: Problem["values"] } };
    return { ok: false, problem: { code: told.error?.code ?? "broken", text: told.error?.message ?? "", values: told.error?.values ?? {} } };
  } catch (failure) {
    return { ok: false, problem: { code: failure instanceof SyntaxError ? "broken" : "offline", text: "", values: {} } };
  }
}

/**
 * A file that comes in parts: each from an offset on, an empty one is the end.
 *
 * @param progress told of how many bytes are here.
 */
export async function inParts(path: string, progress: (bytes: number) => void = () => {}, ask = fileAt): Promise<Answer<Blob>> {
  const parts: Blob[] = [];
  let offset = 0;
  for (;;) {
    const part = await ask(`${path}?offset=${offset}`);
    if (!part.ok) return part;
    if (part.data.size === 0) return { ok: true, data: new Blob(parts) };
    parts.push(part.data);
    offset += part.data.size;
    progress(offset);
  }
}

/** In hexadecimal; "" where this browser does not hash here, or the file is too large for it. */
export async function sha256(file: Blob): Promise<string> {
  if (globalThis.crypto?.subtle === undefined || file.size > HASHED_MOST) return "";
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function save(name: string, content: Blob | string, kind = "text/csv;charset=utf-8"): void {
  const address = URL.createObjectURL(typeof content === "string" ? new Blob([content], { type: kind }) : content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
