/** The partner desk's rules: a draft and its steps, rates in percent, the waterfall, and statements that prove themselves. */

import { describe, expect, it } from "vitest";
import { formatOf, linesOf as rowsOf, tableOf } from "../src/pages/partner/arrivals";
import { begin, changes, current, pushed, redone, undone, withoutLanguage, withText, type Document } from "../src/pages/partner/draft";
import { sum, waterfall, weekday, type Statement } from "../src/pages/partner/figures";
import { inParts, sha256 } from "../src/pages/partner/files";
import { linesOf, type Version } from "../src/pages/partner/legal";
import { canonical, leafHash, merkleRoot, type Line } from "../src/pages/partner/proofs";
import { differences, fractionOf, isBelow, percentOf } from "../src/pages/partner/rates";
import { verify } from "../src/pages/partner/verify";

const COLOURS = { background: "#ffffff", surface: "#eeeeee", text: "#000000", muted: "#333333", accent: "#0000aa", on_accent: "#ffffff", rise: "#006600", fall: "#aa0000" };
const FIRST: Document = { name: "n", title: "N", logo: "", colours: COLOURS, fonts: { heading: "system", body: "system", figures: "mono" }, languages: ["en", "de"], texts: {}, support: "" };

describe("a draft", () => {
  it("tells what was changed by its path", () => {
    const next = withText({ ...FIRST, title: "M", colours: { ...COLOURS, accent: "#0000bb" } }, "sign-in", "de", "Herein");
    expect(changes(FIRST, next)).toEqual(["colours.accent", "texts.sign-in", "title"]);
    expect(changes(FIRST, structuredClone(FIRST))).toEqual([]);
  });
  it("goes back and forth, and drops what was undone when something else is done", () => {
    let steps = pushed(begin(FIRST), { ...FIRST, title: "A" });
    steps = pushed(steps, { ...FIRST, title: "AB" }, true);
    expect([current(steps).title, steps.all.length]).toEqual(["AB", 2]);
    expect(current(undone(steps)).title).toBe("N");
    expect(current(redone(undone(steps))).title).toBe("AB");
    const other = pushed(undone(steps), { ...FIRST, title: "C" });
    expect(current(redone(other)).title).toBe("C");
    expect(pushed(other, { ...FIRST, title: "C" })).toBe(other);
  });
  it("keeps no empty text, and none in a language that is gone", () => {
    const told = withText(withText(FIRST, "a", "en", "x"), "a", "de", "y");
    expect(withText(withText(told, "a", "en", ""), "a", "de", "").texts).toEqual({});
    expect(withoutLanguage(told, "de")).toMatchObject({ languages: ["en"], texts: { a: { en: "x" } } });
  });
});

describe("rates", () => {
  it("are percent for people and fractions for the API, to the digit", () => {
    for (const [percent, fraction] of [["0.1", "0.001"], ["0.08", "0.0008"], ["-0.005", "-0.00005"], ["12.345678", "0.12345678"], ["0", "0"]]) {
      expect(fractionOf(percent as string)).toBe(fraction);
      expect(percentOf(fraction as string)).toBe(percent);
    }
    expect(fractionOf("0,1")).toBe("0.001");
    for (const wrong of ["", "x", "0.1234567", "1e3", "."]) expect(fractionOf(wrong)).toBeNull();
    expect([isBelow("0.0001", "0.0002"), isBelow("0.0002", "0.0002")]).toEqual([true, false]);
  });
  it("tell what a change of them costs", () => {
    const told = differences([{ level: 0, maker: "0.0008", taker: "0.001" }], [{ level: 0, maker: "0.0008", taker: "0.0005" }, { level: 1, maker: "-0.0001", taker: "0.0004" }]);
    expect(told.map((one) => [one.level, one.side, one.kind, one.before, one.after, one.costBefore, one.costAfter])).toEqual([
      [0, "taker", "lower", "0.1", "0.05", "10", "5"],
      [1, "maker", "new", "", "-0.01", "", "-1"],
      [1, "taker", "new", "", "0.04", "", "4"],
    ]);
  });
});

describe("the waterfall", () => {
  const day = (totals: Record<string, string>): Statement => ({ asset: "USDT", date: "", state: "", opening: "0", closing: "0", totals, lines: 0, root: "", released_on: "" });
  it("leads from the fees to the revenue without a rest", () => {
    const days = [
      day({ fees: "10.5", rebates: "1", commissions: "2.25", affiliates: "0.25", cost_share: "1.4", holders: "0.6", subsidy: "0", trading: "5", withdrawal: "0" }),
      day({ fees: "0.0000001", rebates: "0", commissions: "0", cost_share: "0.0000001", trading: "0", withdrawal: "3", subsidy: "0.5" }),
    ];
    const told = waterfall(days);
    expect(told.map((one) => one.name)).toEqual(["fees", "subsidy", "income", "rebates", "affiliates", "commissions", "cost_share", "holders", "revenue"]);
    expect(sum(told.slice(0, -1).map((one) => one.amount))).toBe(told.at(-1)?.amount);
    expect(told.at(-1)?.amount).toBe("8");
  });
  it("adds up however long amounts are", () => {
    expect(sum(["123456789012345678901234567890.1", "0.000000000000000000000001", "-0.1"])).toBe("123456789012345678901234567890.000000000000000000000001");
    expect(sum([])).toBe("0");
  });
});

const DAY = 20_000n;
const TIME = String(DAY * 86_400n * 1_000_000_000n + 5n);
const HEADER: Line = {
  format: "commonbook-clearing-1", kind: "header", brand: "1", asset: "1", day: String(DAY), previous_day: "", previous_root: "", opening: "100",
  cost_shares: [{ source: "trading", effective_ns: "0", rate_e8: "20000000" }, { source: "withdrawal", effective_ns: "0", rate_e8: "50000000" }],
  holders: [{ source: "trading", effective_ns: "0", rate_e8: "10000000" }],
};
const FILL: Line = {
  kind: "fill", fill: "7.1", role: "taker", time_ns: TIME, fee: "1000", rebate: "100", base: "900", counterparty: "external",
  claims: [{ kind: "broker", claimed: "300", paid: "300" }, { kind: "affiliate", claimed: "50", paid: "50" }],
  cost_share: "110", holders: "44", revenue: "396", subsidy: "0",
};
const INCOME: Line = { kind: "income", sequence: "9", time_ns: TIME, source: "withdrawal", amount: "-3", cost_share: "-2", revenue: "-1" };
const RELEASE: Line = { kind: "release", sequence: "10", time_ns: TIME, amount: "-90" };

async function file(lines: Line[], totals: Line): Promise<string> {
  const texts = lines.map(canonical);
  const leaves = await Promise.all(texts.map(leafHash));
  const end = { ...totals, count: String(leaves.length - 1), leaves, root: await merkleRoot(leaves), kind: "footer" };
  return [...texts, canonical(end), ""].join("\n");
}
const TOTALS: Line = {
  fees: "1000", rebates: "100", affiliates: "50", commissions: "300", cost_share: "108", holders: "44", subsidy: "0", trading: "396",
  withdrawal: "-1", listing: "0", other: "0", transfers: "0", adjustments: "0", released: "-90", set_off: "0", opening: "100", closing: "405",
};

describe("a statement", () => {
  it("is right when every line, sum and hash is", async () => {
    const told = await verify(await file([HEADER, FILL, INCOME, RELEASE], TOTALS));
    expect(told).toMatchObject({ ok: true, count: 3, why: "" });
  });
  it("names the line that was altered, though its hashes were made anew", async () => {
    const wrong = [
      { ...FILL, revenue: "397" }, { ...FILL, claims: [{ kind: "broker", claimed: "300", paid: "299" }] }, { ...FILL, time_ns: "5" },
      { ...FILL, rebate: "-1" }, { ...FILL, counterparty: "x" },
    ];
    for (const line of wrong) expect(await verify(await file([HEADER, line], TOTALS))).toMatchObject({ ok: false, line: 2 });
    expect(await verify(await file([HEADER, FILL, FILL], TOTALS))).toMatchObject({ ok: false, line: 3, why: "it is there twice" });
    expect(await verify(await file([HEADER, FILL, INCOME, RELEASE], { ...TOTALS, closing: "406" }))).toMatchObject({ ok: false, line: 5 });
    expect(await verify(await file([HEADER, { ...RELEASE, amount: "1" }], TOTALS))).toMatchObject({ ok: false, line: 2 });
  });
  it("names the line whose text was altered, and a file that was cut", async () => {
    const right = await file([HEADER, FILL, INCOME, RELEASE], TOTALS);
    expect(await verify(right.replace('"fee":"1000"', '"fee":"1001"'))).toMatchObject({ ok: false, line: 2 });
    expect(await verify(right.slice(0, -1))).toMatchObject({ ok: false });
    expect(await verify("")).toMatchObject({ ok: false });
    expect(await verify(right.replace("header", "he\u00e4der"))).toMatchObject({ ok: false, line: 1, why: "the line is not ASCII" });
  });
  it("is canonical as Python writes it", () => {
    expect(canonical({ b: "\u00e9\u{1f600}\u007f\n", a: [1, true, null] })).toBe('{"a":[1,true,null],"b":"\\u00e9\\ud83d\\ude00\\u007f\\n"}');
  });
});

describe("users that are brought along", () => {
  it("are read by the name of their file, else by how it begins", () => {
    expect(["a.csv", "a.JSONL", "a.txt", "b.txt"].map((name, at) => formatOf(name, at === 2 ? ' {"email"' : "x"))).toEqual(["csv", "jsonl", "jsonl", "csv"]);
  });
  it("leave a table of what was refused, in which no cell is a formula", () => {
    const rows = rowsOf('id,email\r\n=1+1,"a, b"\n2,c', "csv");
    const refused = [{ line: 2, why: "bad_email" }, { line: 9, why: "unreadable" }];
    expect(tableOf(refused, rows)).toBe(`line,why,row\n2,bad_email,"'=1+1,""a, b"""\n9,unreadable,\n`);
    expect(tableOf(refused)).toBe("line,why\n2,bad_email\n9,unreadable\n");
    expect(rowsOf("a\u2028b", "jsonl")).toHaveLength(2);
    expect(rowsOf("a\u2028b", "csv")).toHaveLength(1);
  });
});

describe("a file in parts", () => {
  const whole = "abcdefg";
  const ask = async (path: string) => {
    const offset = Number(new URL(path, "http://x").searchParams.get("offset"));
    return { ok: true as const, data: new Blob([whole.slice(offset, offset + 3)]) };
  };
  it("is fetched until an empty one, and has its hash", async () => {
    const seen: number[] = [];
    const answer = await inParts("/f", (bytes) => seen.push(bytes), ask);
    expect(answer.ok && (await answer.data.text())).toBe(whole);
    expect(seen).toEqual([3, 6, 7]);
    expect(answer.ok && (await sha256(answer.data))).toBe("7d1a54127b222502f5b79b5fb0803061152a44f92b37e23c6527baf665d4da9a");
  });
  it("is none when a part is refused", async () => {
    const problem = { code: "no_such_file", text: "", values: {} };
    const answer = await inParts("/f", () => {}, (path) => (path.endsWith("=0") ? ask(path) : Promise.resolve({ ok: false, problem })));
    expect(answer).toEqual({ ok: false, problem });
  });
});

describe("terms of the brand", () => {
  const one = (version: string, number: number, from: string, kind = "terms"): Version => ({
    ...{ version, kind, role: "trader", country: "*", number, effective_ns: from },
    ...{ is_material: true, published_ns: "1", hashes: { en: "h" }, accepted_by: 0 },
  });
  it("are told by line, newest first, and the newest that has begun is in force", () => {
    const lines = linesOf([one("1", 1, "10"), one("2", 1, "10", "risk"), one("3", 2, "20"), one("4", 3, "31")], 30n);
    expect(lines.map((line) => line.kind)).toEqual(["terms", "risk"]);
    expect(lines[0]?.versions.map((each) => [each.number, each.standing])).toEqual([[3, "to-come"], [2, "in-force"], [1, "past"]]);
  });
});

describe("a day of the week", () => {
  it("is called by its name in the reader's language, 1 for Monday", () => {
    expect([weekday(1, "en"), weekday(7, "en"), weekday(3, "de")]).toEqual(["Monday", "Sunday", "Mittwoch"]);
  });
});
