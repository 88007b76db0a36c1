/** An object whose fields are watched: whatever shows one of them is drawn anew when it changes. */
export function watchedFields<T extends object>(value: T): T {
  const kept = $state(value);
  return kept;
}
