import { describe, expect, test } from "@jest/globals";
import * as registry from "../../src/plugins/index.js";
import { compareRecord, untoldFigures } from "../../scripts/try-payloads/check.js";
import { compareExact, figureOf, parseFigures } from "../../scripts/try-payloads/exact.js";
import { recordedFigures } from "../../scripts/try-payloads/figures.js";
import { recordingsIn } from "../../scripts/try-payloads/recordings.js";
import { companiesOf, isServable } from "../../scripts/try-payloads/states.js";

const mirrored = new Set(["Invoice", "Customer"]);
const recorded = (value: unknown) => recordingsIn("a.json", Buffer.from(JSON.stringify(value)), mirrored);

function differs(a: string, b: string): boolean {
  return compareExact(parseFigures(`{"a":${a}}`), parseFigures(`{"a":${b}}`)).differences.length > 0;
}

describe("figures", () => {
  test.each([
    ["100", "100.0"],
    ["100", "1e2"],
    ["0", "-0.00"],
    ["-3.50", "-3.5"],
    ["0.0000001", "1E-7"],
    ["12345678901234567.89", "12345678901234567.890"],
  ])("%s is %s", (a, b) => {
    expect(differs(a, b)).toBe(false);
  });

  test.each([
    ["12345678901234567.89", "12345678901234568"],
    ["0.1", "0.10000000000000001"],
    ["1", "-1"],
    ["10", "1"],
    ["0", "null"],
    ["100", '"100"'],
  ])("%s is not %s", (a, b) => {
    expect(differs(a, b)).toBe(true);
  });

  test("digits inside texts are no figures, and are compared as texts", () => {
    const tree = parseFigures('{"note":"paid 1.50 of \\"2.50\\"","1":2}');
    expect(compareExact(tree, tree)).toEqual({ figures: 1, differences: [] });
    expect(compareExact(tree, parseFigures('{"note":"paid 1.5 of \\"2.50\\"","1":2}')).differences).toHaveLength(1);
  });

  test("what is missing on either side is found, with its place", () => {
    const places = (a: string, b: string) =>
      compareExact(parseFigures(a), parseFigures(b)).differences.map(({ place }) => place);
    expect(places('{"Line":[{"Amount":1},{"Amount":2}]}', '{"Line":[{"Amount":1}]}')).toEqual(["Line.1"]);
    expect(places('{"a":{}}', '{"a":{"b":1}}')).toEqual(["a.b"]);
    expect(places('{"a":[]}', '{"a":{}}')).toEqual(["a"]);
  });
});

test("QuickBooks' place of every figure in a typed column is told", () => {
  expect(Object.values(registry).flatMap(untoldFigures)).toEqual([]);
});

test("a figure that changed in one typed column, of the record or of a line in a bundle, is found there", () => {
  const text = `{"Id":"1","TotalAmt":10,"Balance":5.5,"Line":[{"Amount":10,"DetailType":"GroupLineDetail",
    "GroupLineDetail":{"Quantity":2,"Line":[{"Amount":10,"SalesItemLineDetail":{"Qty":4,"UnitPrice":2.5}}]}}]}`;
  const tree = parseFigures(text);
  const figures = recordedFigures("Invoice", tree);
  const placesOf = (changed: typeof figures) =>
    compareRecord({ entity: "Invoice", tree }, { raw: text, figures: changed }).differences.map(({ place }) => place);
  const [bundle = {}, line = {}] = figures.children["lines"] ?? [];
  expect(placesOf(figures)).toEqual([]);
  expect(placesOf({ ...figures, row: { ...figures.row, balance: figureOf("5.51") } })).toEqual(["columns.row.balance"]);
  expect(placesOf({ ...figures, children: { lines: [bundle, { ...line, unitPrice: figureOf("2.05") }] } })).toEqual([
    "columns.children.lines.1.unitPrice",
  ]);
  expect(placesOf({ ...figures, children: { lines: [bundle] } })).toEqual(["columns.children.lines.1"]);
});

describe("a file", () => {
  test("gives the answer of a recorded pair, never its request", () => {
    const { states } = recorded({ _request: { Customer: { Id: "1" } }, _response: { Customer: { Id: "2" } } });
    expect(states.map(({ id }) => id)).toEqual(["2"]);
  });

  test("gives each record's very text", () => {
    const { states } = recordingsIn(
      "a.json",
      Buffer.from('\ufeff{ "Customer": {"Id":"1", "Balance":1.50} }'),
      mirrored,
    );
    expect(states.map(({ text }) => text)).toEqual(['{"Id":"1", "Balance":1.50}']);
  });

  test("gives the records of a batch, and its faults by their code", () => {
    const { states, skipped } = recorded({
      BatchItemResponse: [
        { Customer: { Id: "1" } },
        { QueryResponse: { Bill: [{ Id: "2" }] } },
        { Fault: { Error: [{ code: "610" }] } },
      ],
    });
    expect(states.map(({ entity, id }) => [entity, id])).toEqual([
      ["Customer", "1"],
      ["Bill", "2"],
    ]);
    expect(skipped.map(({ reason }) => reason)).toEqual(["a fault of QuickBooks (610)"]);
  });

  test.each([
    [{ Id: "1", SyncToken: "0", Line: [] }, /no entity's name stands over/],
    [[{ Amount: 1, DetailType: "SubTotalLineDetail" }], /lines of a transaction/],
    [{ Header: { ReportName: "AgedReceivables" }, Columns: {}, Rows: {} }, /a report/],
    [{ access_token: "secret", expires_in: 3600 }, /OAuth server, with tokens/],
    [{ QueryResponse: {} }, /without records/],
    [{ hello: "world" }, /not in the shape/],
    ["text", /not in the shape/],
    [null, /not in the shape/],
  ])("that holds no record says what it is: %j", (value, reason) => {
    const { states, skipped } = recorded(value);
    expect(states).toEqual([]);
    expect(skipped).toEqual([{ file: "a.json", reason: expect.stringMatching(reason) }]);
  });
});

describe("states of one record", () => {
  const state = (token: string, updated: string, name: string) => ({
    Id: "1",
    SyncToken: token,
    MetaData: { CreateTime: "2026-01-01T00:00:00-08:00", LastUpdatedTime: updated },
    DisplayName: name,
  });
  const namesOf = (customers: readonly unknown[]) =>
    companiesOf(recorded({ QueryResponse: { Customer: customers } }).states.filter(isServable)).map((company) =>
      company.map(({ text }) => /"DisplayName":"(\w+)"/.exec(text)?.[1]),
    );

  test("stand the newest first: by SyncToken as a number, then by LastUpdatedTime as an instant", () => {
    const states = [
      state("9", "2026-01-05T00:00:00-08:00", "second"),
      state("10", "2026-01-02T00:00:00-08:00", "first"),
      state("9", "2026-01-05T00:00:00-07:00", "third"),
    ];
    expect(namesOf(states)).toEqual([["first"], ["second"], ["third"]]);
  });

  test("count once where they are equal", () => {
    const same = state("1", "2026-01-02T00:00:00-08:00", "same");
    expect(namesOf([same, { ...same }])).toEqual([["same"]]);
  });
});
