/** How long a market maker was there, as a share of the time that its market traded. Pure. */

export interface Presence {
  hour: number;
  instrument: string;
  open_ns: string;
  present_ns: string;
}

/** Percent with one decimal, cut off, as a maker's duty is; "" where the market did not trade. */
export function presence(hours: Presence[]): { hour: number; instrument: string; share: string }[] {
  return hours.map(({ hour, instrument, open_ns, present_ns }) => {
    const open = BigInt(open_ns);
    if (open === 0n) return { hour, instrument, share: "" };
    const tenths = (BigInt(present_ns) * 1_000n) / open;
    return { hour, instrument, share: `${tenths / 10n}.${tenths % 10n}` };
  });
}
