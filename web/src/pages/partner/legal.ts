/** Versions of the brand's terms by the line that they follow one another in. Pure; T-2, T-5. */

export interface Version {
  version: string;
  kind: string;
  role: string;
  country: string;
  number: number;
  effective_ns: string;
  is_material: boolean;
  published_ns: string;
  hashes: Record<string, string>;
  accepted_by: number;
}
export type Standing = "to-come" | "in-force" | "past";
export interface Line {
  kind: string;
  role: string;
  country: string;
  /** Newest first. */
  versions: (Version & { standing: Standing })[];
}

/** By line, in the order in which their first versions came; the newest version that has begun is in force. */
export function linesOf(all: Version[], nowNs: bigint): Line[] {
  const lines = new Map<string, Line>();
  for (const one of all) {
    const key = `${one.kind} ${one.role} ${one.country}`;
    const line = lines.get(key) ?? { kind: one.kind, role: one.role, country: one.country, versions: [] };
    lines.set(key, line);
    line.versions.push({ ...one, standing: "past" });
  }
  for (const line of lines.values()) {
    line.versions.sort((one, other) => other.number - one.number);
    const now = line.versions.find((one) => BigInt(one.effective_ns) <= nowNs);
    for (const one of line.versions) one.standing = one === now ? "in-force" : BigInt(one.effective_ns) > nowNs ? "to-come" : "past";
  }
  return [...lines.values()];
}
