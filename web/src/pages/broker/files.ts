/** Files that the server gives as they are, and files that are made here. */

import { failed, type Answer, type Problem } from "../../lib/api";

/** A statement byte by byte, and its name. */
export async function statementFile(hour: string): Promise<Answer<{ name: string; content: Uint8Array }>> {
  try {
    const answer = await fetch(`/broker/v1/statements/${encodeURIComponent(hour)}`, { credentials: "same-origin" });
    if (!answer.ok) {
      const told = (await answer.json()) as { error?: { code: string; message: string; values?: Problem["values"] } };
      return await failed(told.error?.code ?? "broken", told.error?.message ?? "", told.error?.values);
    }
    const name = /filename="([^"]+)"/.exec(answer.headers.get("content-disposition") ?? "")?.[1] ?? `${hour}.jsonl`;
    return { ok: true, data: { name, content: new Uint8Array(await answer.arrayBuffer()) } };
  } catch (failure) {
    return failed(failure instanceof SyntaxError ? "broken" : "offline", "");
  }
}

/** Have the browser save a text. */
export function save(name: string, text: string, kind = "application/json"): void {
  const address = URL.createObjectURL(new Blob([text], { type: kind }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
