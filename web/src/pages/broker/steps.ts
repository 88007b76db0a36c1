/** The seven steps of becoming a broker, and which one a state of the application is in. Pure. */

export const STEPS = ["prepare", "apply", "integrate", "test", "review", "contract", "live"] as const;
export type Step = (typeof STEPS)[number];

const OF: Record<string, Step> = {
  draft: "apply",
  submitted: "apply",
  integration: "integrate",
  sandbox: "test",
  review: "review",
  contract: "contract",
  live: "live",
  lapsed: "live",
  suspended: "live",
  closed: "live",
};

/** Of what has ended before it was live, the step in which it ended. */
export function stepOf(state: string, timeline: { before: string; after: string }[]): Step {
  return OF[state] ?? OF[timeline.findLast((one) => one.after === state)?.before ?? ""] ?? "prepare";
}

export type Standing = "done" | "now" | "ahead";

export function standing(step: Step, at: Step): Standing {
  const [one, other] = [STEPS.indexOf(step), STEPS.indexOf(at)];
  return one < other ? "done" : one === other ? "now" : "ahead";
}
