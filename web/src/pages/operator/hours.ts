/** Hours since 1970, as the desks count them, and as an input of date and time writes them; both in UTC. Pure. */

const HOUR_MS = 3_600_000;

export const hourNow = (): number => Math.floor(Date.now() / HOUR_MS);

/** The hour that an input says; 0 where it is empty, null where it is none or begins behind a full hour. */
export function hourRead(text: string): number | null {
  if (!text.trim()) return 0;
  const ms = Date.parse(`${text.trim()}Z`);
  return Number.isNaN(ms) || ms % HOUR_MS !== 0 ? null : ms / HOUR_MS;
}

/** As the input writes it. */
export const hourText = (hour: number): string => new Date(hour * HOUR_MS).toISOString().slice(0, 16);
