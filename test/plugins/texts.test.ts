import { expect, test } from "@jest/globals";
import { payload } from "../fixtures/payload.js";
import { problemsOf } from "./support.js";

const customer = payload("customer/business");

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
