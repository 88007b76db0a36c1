// What the broker's pages work out by themselves: the week as a field, clients by markets, the tree, steps, the form.
import { expect, test } from "vitest";
import { changedIn, paidIn, type Accrual } from "../../src/pages/broker/accrual";
import { difference, minor, percentOf, ratio, sum } from "../../src/pages/broker/amounts";
import { formOf, sentOf } from "../../src/pages/broker/draft";
import { clients, week } from "../../src/pages/broker/heat";
import type { Application, Sum } from "../../src/pages/broker/shapes";
import { standing, stepOf, STEPS } from "../../src/pages/broker/steps";
import { picture, placeIn, shares, type OwnPlace, type SubBroker } from "../../src/pages/broker/tree";

const sumOf = (key: string, paid: string, client = ""): Sum => ({
  key,
  client,
  fee_asset: "USDT",
  lines: 2,
  earning: 1,
  notional: "0",
  base: "0",
  commission: paid,
  payout_asset: "USDT",
  paid,
  states: {},
});

test("sums are exact, however long the amounts are", () => {
  expect(sum(["0.1", "0.2", "-0.05"])).toBe("0.25");
  expect(sum(["123456789012345678901234567890.12345678", "0.00000001"])).toBe("123456789012345678901234567890.12345679");
  expect(difference("0.3", "0.1")).toBe("0.2");
  expect(percentOf("1", "3")).toBe("33.33");
  expect(percentOf("1", "0")).toBe("");
  expect(ratio(minor("1"), minor("4"))).toBe(0.25);
});

test("an hour comes to what was earned, less what was taken back, and corrections (BL-11)", () => {
  const [before, now] = ["2026-03-01T13:00:00Z", "2026-03-01T14:00:00Z"];
  const row = (hour: string, way: Accrual["way"], paid: string): Accrual => ({
    hour,
    product: way === "correction" ? "" : "spot",
    way,
    fee_asset: "USDT",
    lines: 1,
    earning: way === "own" || way === "tree" ? 1 : 0,
    notional: "0",
    fees: "0",
    base: "0",
    pool: "0",
    commission: "0",
    payout_asset: "USDT",
    paid,
  });
  const rows = [row(before, "own", "9"), row(now, "own", "1.05"), row(now, "tree", "0.5"), row(now, "bust", "-0.85"), row(now, "correction", "0.1")];
  expect(paidIn(rows, now)).toBe("0.8");
  expect(changedIn(rows, now)).toBe("-0.75");
  expect(paidIn(rows, before)).toBe("9");
  expect(changedIn(rows, before)).toBe("0");
});

test("an hour falls on its weekday, moved by the reader's zone; what was charged in two assets is one cell", () => {
  // 24 November 2025 was a Monday.
  const sums = [sumOf("2025-11-24T23:00:00Z", "1"), sumOf("2025-11-24T23:00:00Z", "0.5"), sumOf("2025-11-30T05:00:00Z", "3")];
  const here = week(sums, 0);
  expect(here[0]?.[23]).toEqual({ paid: "1.5", lines: 4, depth: 0.5 });
  expect(here[6]?.[5]?.depth).toBe(1);
  const eastwards = week(sums, 90);
  expect(eastwards[0]?.[23]?.paid).toBe("0");
  expect(eastwards[1]?.[0]?.paid).toBe("1.5");
});

test("clients who bring most come first, and no more of them than are wanted", () => {
  const found = clients(
    [
      { instrument: "BTC-USDT", sums: [sumOf("1", "1", "aa"), sumOf("2", "5", "bb"), sumOf("3", "2", "cc")] },
      { instrument: "ETH-USDT", sums: [sumOf("1", "6", "aa")] },
    ],
    2,
  );
  expect(found.names).toEqual(["aa", "bb"]);
  expect(found.cells.map((row) => row.map((cell) => cell.paid))).toEqual([["1", "6"], ["5", "0"]]);
});

const at = (from_hour: number, pool: string, users = "0") => ({ from_hour, from_time: "", pool, users });
const own: OwnPlace = { broker: "1", code: "NORTHSTAR", parent: "", depth: 0, places: [at(0, "35", "2")], sub_brokers_most: 10 };
const sub = (code: string, places: ReturnType<typeof at>[], removed_hour: number | null = null): SubBroker => ({
  broker: code,
  code,
  state: "active",
  why: "",
  from_hour: 0,
  removed_hour,
  places,
});

test("points that are agreed for the next hour are next, not now", () => {
  const found = placeIn([at(5, "10"), at(9, "12")], 8);
  expect([found.now?.pool, found.next?.pool]).toEqual(["10", "12"]);
  expect(placeIn([at(9, "12")], 8).now).toBeNull();
});

test("the tree has a box for each who is there, and one for users who get something back", () => {
  const drawn = picture(own, [sub("ADA", [at(0, "10")]), sub("OLD", [at(0, "5")], 7)], 8, { users: "Users" });
  expect(drawn.boxes.map((one) => [one.code, one.x, one.y])).toEqual([["NORTHSTAR", 0.5, 0], ["ADA", 0, 1], ["Users", 1, 1]]);
  expect(drawn.edges.map((one) => one.share)).toEqual(["10", "2"]);
  const below = picture({ ...own, parent: "ROOT", places: [at(0, "10")] }, [], 8, { users: "Users" });
  expect(below.boxes.map((one) => [one.code, one.kind])).toEqual([["ROOT", "parent"], ["NORTHSTAR", "own"]]);
  expect(shares("35", [{ code: "ADA", points: "10" }]).map((one) => one.points)).toEqual(["10", "25"]);
});

test("a state is in one of the seven steps; what has ended, in the step in which it ended", () => {
  expect(STEPS.map((step) => standing(step, stepOf("sandbox", [])))).toEqual(["done", "done", "done", "now", "ahead", "ahead", "ahead"]);
  expect(stepOf("refused", [{ before: "submitted", after: "refused" }])).toBe("apply");
  expect(stepOf("withdrawn", [])).toBe("prepare");
});

test("what is empty in the form is not sent", () => {
  const application = {
    integration: { title: "", models: "api", business: null, codes: ["A", "B"], redirect_urls: [], is_public_client: false, ip_list: [], requests_per_s: 40, subaccounts_most: 0, logo: "" },
    told: { company: "Star Ltd" },
  } as unknown as Application;
  const program = { fields: ["company", "plan"], security: [{ name: "logging", question: "?" }] } as Parameters<typeof formOf>[1];
  const form = formOf(application, program);
  expect(form.told).toEqual({ company: "Star Ltd", plan: "", logging: "" });
  expect(sentOf({ ...form, codes: "A, B  C", redirect_urls: "https://a\nhttps://b" })).toEqual({
    models: "api",
    codes: ["A", "B", "C"],
    redirect_urls: ["https://a", "https://b"],
    ip_list: [],
    is_public_client: false,
    requests_per_s: 40,
    subaccounts_most: 0,
    told: { company: "Star Ltd" },
  });
});
