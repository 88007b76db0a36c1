// docs/rules/broker.md, B-20 to B-24, and broker-proofs.md, BP-1 to BP-7: files that the exchange has written are right,
// and whatever digit of them is altered, the line in which it stands is named.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { canonical, Fault } from "../../src/pages/broker/check/canonical";
import { checkFollows, checkHour, proofOf, wayInHour, wayOfLine, type SignedHour } from "../../src/pages/broker/check/hour";
import { leafHashes, rootOver } from "../../src/pages/broker/check/merkle";
import { verifyStatement, type Checked } from "../../src/pages/broker/check/statement";

const golden = (name: string): string => readFileSync(new URL(`golden/${name}`, import.meta.url), "latin1");
const bytes = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const hour = (at: number): SignedHour => JSON.parse(golden(`hour-api-2025-11-24T${at}.json`)) as SignedHour;
const NAMES = ["NORTHSTAR", "SOUTHSTAR", "OTHER"].map((one) => `${one}-2025-11-24T17.jsonl`);

async function right(name: string): Promise<Checked> {
  const outcome = await verifyStatement(bytes(golden(name)));
  if (!outcome.ok) throw new Error(`line ${outcome.wrong.line}: ${outcome.wrong.fault.message}`);
  return outcome.checked;
}
/** The line that is named, counted from 1, and why; null where nothing is. */
async function named(text: string): Promise<[number | null, string] | null> {
  const outcome = await verifyStatement(bytes(text));
  return outcome.ok ? null : [outcome.wrong.line, outcome.wrong.fault.code];
}
async function fault(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "",
    (failure: unknown) => (failure instanceof Fault ? failure.code : String(failure)),
  );
}
/** The statement with lines that were changed, and a footer whose hashes and root are those of the changed lines. */
async function rehashed(texts: string[]): Promise<string> {
  const leaves = await leafHashes(texts);
  const end = JSON.parse(golden(NAMES[0] ?? "").split("\n").at(-2) ?? "{}") as object;
  return [...texts, canonical({ ...end, leaves, root: await rootOver(leaves) }), ""].join("\n");
}

describe("a statement", () => {
  test.each(NAMES)("%s is right, to the last unit", async (name) => {
    const checked = await right(name);
    const footer = JSON.parse(golden(name).split("\n").at(-2) ?? "{}") as Record<string, string>;
    expect(String(checked.total)).toBe(footer["total"]);
    expect(String(checked.paid)).toBe(footer["paid"]);
    expect(checked.root).toBe(footer["root"]);
    expect(String(checked.lines.length)).toBe(footer["count"]);
  });

  test("B-23: whichever digit is altered, the line in which it stands is named, or the footer", async () => {
    const text = golden(NAMES[0] ?? "");
    const last = text.split("\n").length - 1;
    for (let at = 0; at < text.length; at++) {
      const digit = text[at] ?? "";
      if (!/\d/.test(digit)) continue;
      const altered = text.slice(0, at) + String((Number(digit) + 1) % 10) + text.slice(at + 1);
      const line = text.slice(0, at).split("\n").length;
      const found = await named(altered);
      expect(found, `digit ${at}`).not.toBeNull();
      expect(found?.[0], `digit ${at} of line ${line}: ${found?.[1]}`).toBe(line === last ? last : line);
    }
  }, 60_000);

  test.each(["taker_fee", "base", "time_ns", "paid", "commission", "rate_e8", "pool"])(
    "B-23: %s is altered and all hashes are made anew: its line is named all the same",
    async (name) => {
      const texts = golden(NAMES[0] ?? "").split("\n").slice(0, -2);
      const place = texts.findIndex((text) => new RegExp(`"${name}":"[1-9]`).test(text) && text.includes('"EARNED"'));
      expect(place).toBeGreaterThan(0);
      texts[place] = (texts[place] ?? "").replace(
        new RegExp(`"${name}":"([1-9])`),
        (_, digit) => `"${name}":"${(Number(digit) % 9) + 1}`,
      );
      expect((await named(await rehashed(texts)))?.[0]).toBe(place + 1);
    },
  );

  test("a file that is cut short, has a line twice or a foreign letter, is named as such", async () => {
    const text = golden(NAMES[0] ?? "");
    const texts = text.split("\n");
    expect(await named(text.slice(0, -2))).toEqual([texts.length - 1, "cut-short"]);
    expect(await named(text.replace("BROKER", "BRÖKER"))).toEqual([2, "not-ascii"]);
    expect(await named(await rehashed([...texts.slice(0, -2), texts[1] ?? ""]))).toEqual([texts.length - 1, "twice"]);
    expect((await named(await rehashed(texts.slice(0, -3))))?.[1]).toBe("footer");
  });
});

describe("a signed hour", () => {
  test("BP-2: the signature is right, and another key, another signature or another root is named", async () => {
    const key = golden("signing-key.txt").trim();
    await checkHour(hour(17), key);
    expect(await fault(checkHour(hour(17), "0".repeat(64)))).toBe("other-key");
    const told = hour(17);
    expect(await fault(checkHour({ ...told, signed: { ...told.signed, hour: "490009" } }))).toBe("signature");
    const flipped = (told.signature[0] === "0" ? "1" : "0") + told.signature.slice(1);
    expect(await fault(checkHour({ ...told, signature: flipped }))).toBe("signature");
    expect(await fault(checkHour({ ...told, roots: told.roots.slice(1) }))).toBe("hour-root");
  });

  test("BP-3: each names the one before it", async () => {
    await checkFollows(hour(17), hour(16));
    await checkFollows(hour(18), hour(17));
    expect(await fault(checkFollows(hour(18), hour(16)))).toBe("chain");
  });

  test("BP-4: each statement, and each line of it, has its way to the root that is signed", async () => {
    for (const name of NAMES) {
      const checked = await right(name);
      expect((await wayInHour(checked, hour(17))).length).toBeGreaterThan(0);
      for (const line of checked.lines) await wayOfLine(checked, line);
      expect(await fault(wayInHour(checked, hour(18)))).toBe("other-hour");
    }
  });

  test("BP-4: the proof of a line is the file that the command makes", async () => {
    const checked = await right(NAMES[0] ?? "");
    expect(await proofOf(checked, checked.lines[0] ?? {}, hour(17))).toBe(golden("proof.json"));
  });
});
