import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { Clock, Company } from "../../simulator/index.js";
import { cents, expectCoherent, sum } from "./coherent.js";
import { all, edits, perform } from "./person.js";
import type { Json } from "./person.js";

test("generated companies of any size and seed are coherent to the cent", () => {
  for (const options of [
    { size: 0 },
    { size: 30 },
    { size: 400 },
    { size: 1500, seed: 7 },
    { size: 1200, currencies: ["EUR", "CAD"] },
  ]) {
    const company = new Company(options, new Clock());
    expectCoherent(company);
    if (options.size > 20) {
      const counted = ["Customer", "Account", "Item", "Invoice", "Payment", "CreditMemo"].reduce(
        (total, entity) => total + company.count(entity),
        0,
      );
      expect(counted).toBe(options.size);
    }
  }
});

test("the same seed gives the same company, another seed another", () => {
  const generatedAt = Date.UTC(2026, 10, 22);
  const texts = (seed: string): string =>
    [...new Company({ seed, size: 200, generatedAt }, new Clock()).records("Invoice")].map(({ text }) => text).join();
  expect(texts("a")).toBe(texts("a"));
  expect(texts("a")).not.toBe(texts("b"));
});

test("a sale's lines, discount and tax add up to its total", () => {
  const company = new Company({ size: 900, seed: "sums" }, new Clock());
  const kinds = new Set<unknown>();
  for (const entity of ["Invoice", "CreditMemo"]) {
    for (const record of all(company, entity)) {
      const lines = record["Line"] as readonly Json[];
      for (const line of lines) kinds.add(line["DetailType"]);
      const part = (type: string): number =>
        sum(
          lines.filter((line) => line["DetailType"] === type),
          "Amount",
        );
      const tax = cents(record["TxnTaxDetail"] as Json, "TotalTax");
      expect(cents(record, "TotalAmt")).toBe(part("SubTotalLineDetail") - part("DiscountLineDetail") + tax);
      const children = lines.flatMap(
        (line) => ((line["GroupLineDetail"] as Json | undefined)?.["Line"] ?? []) as readonly Json[],
      );
      expect(part("SubTotalLineDetail")).toBe(part("SalesItemLineDetail") + sum(children, "Amount"));
    }
  }
  expect([...kinds].sort()).toEqual([
    "DescriptionOnly",
    "DiscountLineDetail",
    "GroupLineDetail",
    "SalesItemLineDetail",
    "SubTotalLineDetail",
  ]);
});

test("whatever people do in it, a company stays coherent", () => {
  fc.assert(
    fc.property(edits, fc.nat(20), (steps, seed) => {
      const company = new Company({ size: 60, seed, currencies: seed % 3 === 0 ? ["EUR"] : [] }, new Clock());
      for (const { what, draw, amount } of steps) perform(company, what, draw, amount);
      expectCoherent(company);
    }),
    { numRuns: 60 },
  );
});
