import { FluentResource } from "@fluent/bundle";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { bundleOf, said } from "../src/lib/fluent";

describe("WB-3: texts", () => {
  it("a brand's own text comes in the place of ours, and a broken one leaves ours", () => {
    const bundle = bundleOf("en");
    bundle.addResource(new FluentResource("hello = Hello { $name }\nbye = Bye\nbye = So long\n"), { allowOverrides: true });
    expect(said(bundle, "bye")).toBe("So long");
    expect(said(bundle, "hello", { name: "N" }).replace(/[\u2068\u2069]/g, "")).toBe("Hello N");
    expect(said(bundle, "none")).toBe("[none]");
  });

  it("counts as the language does", () => {
    const bundle = bundleOf("ru");
    bundle.addResource(new FluentResource("n = { $n ->\n    [one] ордер\n    [few] ордера\n   *[many] ордеров\n  }\n"));
    expect([1, 2, 5, 21].map((n) => said(bundle, "n", { n }))).toEqual(["ордер", "ордера", "ордеров", "ордер"]);
  });

  const FOLDER = new URL("../../src/commonbook/gateway/web/texts/", import.meta.url);
  const CATEGORIES = new Set(["zero", "one", "two", "few", "many", "other"]);

  interface Select {
    type: "select";
    variants: { key: { value: string | number } }[];
  }
  function selects(part: unknown): Select[] {
    if (Array.isArray(part)) return part.flatMap(selects);
    if (typeof part !== "object" || part === null) return [];
    const found = Object.values(part).flatMap(selects);
    return (part as Select).type === "select" ? [part as Select, ...found] : found;
  }

  it.each(readdirSync(FOLDER))("%s has each plural form that the language has, and no other", (language) => {
    const wanted = [...new Intl.PluralRules(language).resolvedOptions().pluralCategories].sort();
    let count = 0;
    for (const area of readdirSync(new URL(`${language}/`, FOLDER))) {
      const resource = new FluentResource(readFileSync(new URL(`${language}/${area}`, FOLDER), "utf8"));
      for (const one of selects(resource.body)) {
        const keys = one.variants.map((variant) => String(variant.key.value)).filter((key) => !/^\d+$/.test(key));
        if (!keys.every((key) => CATEGORIES.has(key))) continue;
        expect(keys.sort(), `${language}/${area}`).toEqual(wanted);
        count++;
      }
    }
    expect(count).toBeGreaterThan(0);
  });
});
