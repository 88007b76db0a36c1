/** Why an instrument takes no orders: pure, of what the channel and the desk have told. */

export interface Closed {
  instrument: string;
  /** "suspend": nothing more is known yet. "preopen": it has not been open so far. */
  status: "cancel-only" | "halted" | "suspend" | "preopen";
  by: "venue" | "ended" | "brand" | "instrument";
}

/**
 * @param state that the channel told last; undefined where it has told none.
 * @param told by the desk; what has resumed since then is not closed any more.
 */
export function closedOf(instrument: string, state: string | undefined, told: Closed | undefined): Closed | null {
  if (state === "preopen") return { instrument, status: "preopen", by: "instrument" };
  if (state === undefined || state === "live") return told?.by === "ended" ? told : null;
  return told ?? { instrument, status: "suspend", by: "instrument" };
}

/** The key of its text. */
export function haltText({ status, by }: Closed): string {
  if (status === "suspend" || status === "preopen") return `halt-${status}`;
  if (by === "ended" || by === "brand") return `halt-${by}`;
  return by === "venue" ? `halt-${status}-venue` : `halt-${status}`;
}

/** The key of the word that stands beside its name in a list. */
export function markText({ status, by }: Closed): string {
  return by === "ended" || by === "brand" ? `market-${by}` : `market-${status}`;
}
