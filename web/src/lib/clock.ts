/** How a moment is written in a language: each formatter is made once, since making it costs more than using it. */

/** "hour" and "clock" leave the seconds out: of a whole hour they say nothing. */
export type ClockStyle = "time" | "both" | "hour" | "clock";
const STYLES: Record<ClockStyle, Intl.DateTimeFormatOptions> = {
  time: { timeStyle: "medium" },
  both: { dateStyle: "short", timeStyle: "medium" },
  hour: { dateStyle: "short", timeStyle: "short" },
  clock: { timeStyle: "short" },
};
const made = new Map<string, Intl.DateTimeFormat>();

export function clockOf(language: string, style: ClockStyle): Intl.DateTimeFormat {
  const key = `${style} ${language}`;
  let found = made.get(key);
  if (found === undefined) {
    found = new Intl.DateTimeFormat(language, STYLES[style]);
    made.set(key, found);
  }
  return found;
}
