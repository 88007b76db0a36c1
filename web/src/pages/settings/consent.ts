/** What a user agrees to by a yes to a broker, as the server words it. */

export interface BrokerText {
  broker: string;
  text: string;
  text_version: string;
  /** The same where a cap is set: `{cap}` stands for it. */
  text_with_cap: string;
}

/** Of "" the text without a cap. */
export function textWith(told: BrokerText, cap: string): string {
  return cap.trim() ? told.text_with_cap.replace("{cap}", cap.trim()) : told.text;
}
