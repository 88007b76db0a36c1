/**
 * What the app asks of the server: the OKX v5 API for trading, the desks for all else. Failures are values.
 *
 * The session is a cookie that no script sees; whatever changes something carries the CSRF token beside it.
 */

import { texts } from "./texts.svelte";

/** Why something was not done: a code to look up, the server's own words, and the values in them. */
export interface Problem {
  /** An OKX code ("51008"), a desk's code ("sign_in"), or "offline", "late", "broken". */
  code: string;
  text: string;
  values: Record<string, string | number>;
}
export type Answer<T> = { ok: true; data: T } | { ok: false; problem: Problem };

const LATE_MS = 15_000;
/** What needs no server to be told has its text on every page; all else comes with the area "problems". */
const HERE = new Set(["offline", "late", "broken"]);
let csrf = "";

/** The CSRF token of the session, "" when nobody is signed in. */
export const setCsrf = (token: string): void => void (csrf = token);

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
type Query = Record<string, string | undefined>;

/** An OKX v5 route: rows of its answer. A row that was refused (sCode) is a problem, too. */
export async function okx<T>(method: "GET" | "POST", path: string, sent?: Query | object): Promise<Answer<T[]>> {
  const asked = await ask(method, `/api/v5${path}`, sent);
  if (!asked.ok) return asked;
  const told = asked.data.body as { code?: string; msg?: string; data?: (T & { sCode?: string; sMsg?: string })[] };
  const rows = told.data ?? [];
  const refused = rows.length === 1 && rows[0]?.sCode && rows[0].sCode !== "0" ? rows[0] : null;
  if (refused) return failed(refused.sCode ?? "", refused.sMsg ?? "");
  if (told.code !== "0") return failed(told.code ?? "broken", told.msg ?? "");
  return { ok: true, data: rows };
}

/** A desk's route, for example `/account/v1/session`. */
export async function desk<T>(method: Method, path: string, sent?: object, more: Record<string, string> = {}): Promise<Answer<T>> {
  const asked = await ask(method, path, sent, more);
  if (!asked.ok) return asked;
  const told = asked.data.body as { error?: { code: string; message: string; values?: Problem["values"] } } | null;
  if (asked.data.status >= 400) {
    return failed(told?.error?.code ?? "broken", told?.error?.message ?? "", told?.error?.values);
  }
  return { ok: true, data: told as T };
}

async function ask(method: string, path: string, sent?: object, more: Record<string, string> = {}): Promise<Answer<{ status: number; body: unknown }>> {
  const headers: Record<string, string> = { "accept-language": texts.language, ...more };
  const request: RequestInit = { method, headers, signal: AbortSignal.timeout(LATE_MS), credentials: "same-origin" };
  let address = path;
  if (method === "GET") {
    const query = Object.entries((sent ?? {}) as Query).filter((one): one is [string, string] => one[1] !== undefined);
    if (query.length) address += `?${new URLSearchParams(query)}`;
  } else {
    const isFile = sent instanceof Blob; // goes as it is
    headers["content-type"] = isFile ? "application/octet-stream" : "application/json";
    if (csrf) headers["x-csrf-token"] = csrf;
    if (sent !== undefined) request.body = isFile ? sent : JSON.stringify(sent);
  }
  try {
    const answer = await fetch(address, request);
    const text = await answer.text();
    return { ok: true, data: { status: answer.status, body: text ? JSON.parse(text) : null } };
  } catch (failure) {
    if (failure instanceof DOMException && failure.name === "TimeoutError") return failed("late", "");
    return failure instanceof SyntaxError ? failed("broken", failure.message) : failed("offline", "");
  }
}

/** With its words: who is told of it can say at once why. */
export async function failed(code: string, text: string, values: Problem["values"] = {}): Promise<{ ok: false; problem: Problem }> {
  if (!HERE.has(code)) await texts.need("problems").catch(() => undefined); // then in the server's words
  return { ok: false, problem: { code, text, values } };
}
