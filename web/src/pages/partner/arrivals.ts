/** A file of users that are brought along, and the rows of it that were refused. Pure; LV-8. */

export interface Refused {
  line: number;
  why: string;
}

/** By its name; of another name by how it begins. */
export function formatOf(name: string, content: string): "csv" | "jsonl" {
  if (/\.csv$/i.test(name)) return "csv";
  return /\.(jsonl|ndjson|json)$/i.test(name) || content.trimStart().startsWith("{") ? "jsonl" : "csv";
}

/** As the server counts them: of JSON Lines whatever Unicode calls the end of a line ends one. */
export const linesOf = (content: string, format: "csv" | "jsonl"): string[] =>
  content.split(format === "csv" ? /\r\n|\r|\n/ : /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/);

/** A table for a spreadsheet: line, why, and the row as it was where the file is still here. No cell is a formula. */
export function tableOf(refused: Refused[], lines: string[] = []): string {
  const rows = refused.map(({ line, why }) => [String(line), why, ...(lines.length ? [lines[line - 1] ?? ""] : [])]);
  const head = ["line", "why", ...(lines.length ? ["row"] : [])];
  return [head, ...rows].map((row) => row.map(cell).join(",") + "\n").join("");
}

function cell(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
