import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { activeOrNot, select, selectCount } from "../../src/quickbooks/statements.js";

const instant = new Date("2026-03-08T10:00:00.000Z");
const between = new Date("2026-03-08T10:00:00.500Z");

test("a page of a window is asked for in the documented order of clauses", () => {
  const statement = select("Invoice", {
    where: [
      { property: "MetaData.CreateTime", operator: ">=", value: instant },
      { property: "MetaData.CreateTime", operator: "<", value: new Date("2026-03-09T10:00:00Z") },
    ],
    orderBy: { property: "MetaData.CreateTime", direction: "ASC" },
    startPosition: 1001,
    maxResults: 1000,
  });
  expect(statement).toEqual({
    entity: "Invoice",
    text:
      "SELECT * FROM Invoice WHERE MetaData.CreateTime >= '2026-03-08T10:00:00Z' AND MetaData.CreateTime < " +
      "'2026-03-09T10:00:00Z' ORDERBY MetaData.CreateTime ASC STARTPOSITION 1001 MAXRESULTS 1000",
  });
});

test("deactivated records are counted only where they are asked for", () => {
  expect(selectCount("Item").text).toBe("SELECT COUNT(*) FROM Item");
  expect(selectCount("Item", [activeOrNot]).text).toBe("SELECT COUNT(*) FROM Item WHERE Active IN (true, false)");
});

test("ids are listed as texts", () => {
  const { text } = select("Item", { where: [{ property: "Id", operator: "IN", value: ["1", "5000000000000503624"] }] });
  expect(text).toBe("SELECT * FROM Item WHERE Id IN ('1', '5000000000000503624')");
});

test("an apostrophe is escaped by a backslash, and so is a backslash", () => {
  const { text } = select("Item", { where: [{ property: "Name", operator: "=", value: "Amy's \\ Bird" }] });
  expect(text).toBe("SELECT * FROM Item WHERE Name = 'Amy\\'s \\\\ Bird'");
});

test("no text escapes from its quotes", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("'", "\\", "a", " ", "OR") }), (value) => {
      const { text } = select("Item", { where: [{ property: "Name", operator: "=", value }] });
      const quoted = text.slice("SELECT * FROM Item WHERE Name = ".length);
      expect(quoted).toMatch(/^'(?:[^'\\]|\\['\\])*'$/);
      expect(quoted.slice(1, -1).replace(/\\(.)/g, "$1")).toBe(value);
    }),
  );
});

test.each([
  [">=", "10:00:00Z"],
  [">", "10:00:00Z"],
  ["<=", "10:00:01Z"],
  ["<", "10:00:01Z"],
] as const)("a time between two seconds widens %s", (operator, written) => {
  expect(select("Item", { where: [{ property: "MetaData.CreateTime", operator, value: between }] }).text).toContain(
    `${operator} '2026-03-08T${written}'`,
  );
});

test.each([
  ["an empty list", () => select("Item", { where: [{ property: "Id", operator: "IN", value: [] }] })],
  ["a list for =", () => select("Item", { where: [{ property: "Id", operator: "=", value: ["1"] }] })],
  ["more than a page", () => select("Item", { maxResults: 1001 })],
  ["a start before 1", () => select("Item", { startPosition: 0 })],
  ["a name that is none", () => select("Item WHERE 1 = 1")],
  [
    "a property that is none",
    () => select("Item", { where: [{ property: "Id = '1' AND Id", operator: "=", value: "1" }] }),
  ],
  [
    "a number that is none",
    () => select("Item", { where: [{ property: "Balance", operator: ">", value: Number.NaN }] }),
  ],
])("%s is refused before it is sent", (_name, build) => {
  expect(build).toThrow(RangeError);
});
