/** Acts that wait for a second person: one list for all pages of the desk, and what is done with each. */

import type { Answer } from "../../lib/api";
import { Asked } from "../../lib/asked.svelte";
import { act } from "../../lib/proof.svelte";
import { say } from "../../lib/texts.svelte";
import { toasts } from "../../lib/toasts.svelte";

export interface Approval {
  id: number;
  kind: string;
  payload: Record<string, unknown>;
  payload_hash: string;
  requested_by: string;
  requested_ns: string;
  expires_ns: string;
  state: string;
  decided_by: string;
  outcome: Record<string, unknown>;
}

export const waiting = new Asked<Approval[]>(() => "/host/v1/approvals");

/** Ask for an act; true when it waits for another person now. */
export async function request(path: string, sent: object): Promise<boolean> {
  const answer = await act<Approval>("POST", path, sent);
  if (!answer.ok) {
    toasts.problem(answer.problem);
    return false;
  }
  toasts.show("done", say("op-asked"), say("op-asked-do"));
  await waiting.ask();
  return true;
}

export async function decide(one: Approval, yes: boolean): Promise<Answer<Approval>> {
  const path = `/host/v1/approvals/${one.id}/${yes ? "approve" : "refuse"}`;
  const answer = await act<Approval>("POST", path, { payload_hash: one.payload_hash });
  if (!answer.ok) toasts.problem(answer.problem);
  else if (answer.data.state === "failed") toasts.show("failed", say("op-failed"), String(answer.data.outcome["message"] ?? ""));
  else toasts.show("done", say(`op-decided-${answer.data.state}`));
  await waiting.ask();
  return answer;
}
