/** What was changed of an instrument's limits, as the desk takes it: what is emptied is "none". */
export function changed(before: Record<string, string>, values: Record<string, string>): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [key, value] of Object.entries(values)) {
    const wanted = value.trim();
    if (wanted !== (before[key] ?? "")) found[key] = wanted || (key === "premium" ? "0" : "none");
  }
  return found;
}
