/** What is kept in this browser alone, as JSON; a browser that keeps nothing gives what is asked for instead. */

export function kept<T>(name: string, otherwise: T): T {
  try {
    const found = localStorage.getItem(name);
    return found === null ? otherwise : (JSON.parse(found) as T);
  } catch {
    return otherwise;
  }
}

export function keep(name: string, value: unknown): void {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // The page works as well without.
  }
}
