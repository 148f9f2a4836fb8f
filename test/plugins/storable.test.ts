import { expect, test } from "@jest/globals";
import { payload } from "../fixtures/payload.js";
import { problemsOf } from "./support.js";

const customer = payload("customer/business");

test.each([
  ["a text", { Notes: "Half \u0000 gone" }, "Notes"],
  ["a text that no field is made of", { Extra: [{ Deep: "\u0000" }] }, "Extra.0.Deep"],
  ["half a surrogate pair", { Notes: "\ud83d" }, "Notes"],
  ["the name of a property", { "Odd\u0000": 1 }, "record"],
])("a character that PostgreSQL cannot store is refused in %s", (_, changes, place) => {
  const [problem = ""] = problemsOf("Customer", { ...customer, ...changes });
  expect(problem.startsWith(`${place}: holds a character that PostgreSQL cannot store`)).toBe(true);
});

test("emoji, right-to-left marks, tabs and zero-width characters are taken in", () => {
  expect(
    problemsOf("Customer", { ...customer, Notes: "⛵🏴‍☠️ \u200e\u200b\u0001\t\r\n", DisplayName: "\u202eEllery" }),
  ).toEqual([]);
});

test("a name longer than an index entry holds is refused", () => {
  expect(problemsOf("Customer", { ...customer, DisplayName: "é".repeat(501) })).toEqual([
    "DisplayName: is longer than 500 characters",
  ]);
});
