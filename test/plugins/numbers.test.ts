import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { plainDecimal } from "../../src/plugins/payload.js";
import { payload } from "../fixtures/payload.js";
import { problemsOf, rowOf } from "./support.js";

const invoice = payload("invoice/typical");

/** Any decimal of up to 20 digits before the point and 8 behind it, in its shortest writing. */
const decimals = fc
  .tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 20n - 1n }), fc.bigInt({ min: 0n, max: 10n ** 8n - 1n }))
  .map(([isNegative, whole, fraction]) => {
    const behind = String(fraction).padStart(8, "0").replace(/0+$/, "");
    const plain = behind === "" ? String(whole) : `${String(whole)}.${behind}`;
    return isNegative && plain !== "0" ? `-${plain}` : plain;
  });

test("every decimal that fits a column of money arrives in it digit for digit", () => {
  fc.assert(
    fc.property(decimals, (decimal) => {
      expect(rowOf("Invoice", { ...invoice, TotalAmt: decimal })["totalAmount"]).toBe(decimal);
    }),
  );
});

test("a decimal is the same however it is written: zeros around it, an exponent, quotes", () => {
  fc.assert(
    fc.property(
      decimals,
      fc.integer({ min: 0, max: 3 }),
      fc.integer({ min: 0, max: 9 }),
      (decimal, zeros, exponent) => {
        const [, sign = "", digits = ""] = /^(-?)(.*)$/.exec(decimal) ?? [];
        const padded = `${sign}${"0".repeat(zeros)}${digits}${digits.includes(".") ? "0".repeat(zeros) : ""}`;
        expect(plainDecimal(padded)).toBe(decimal);
        const [whole = "", fraction = ""] = digits.split(".");
        const shifted = `${sign}0.${"0".repeat(exponent)}${whole}${fraction}e${String(whole.length + exponent)}`;
        expect(plainDecimal(shifted)).toBe(decimal);
      },
    ),
  );
});

test("a JSON number of up to 15 significant digits keeps its value", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -(10 ** 15) + 1, max: 10 ** 15 - 1 }),
      fc.integer({ min: 0, max: 22 }),
      (digits, scale) => {
        const plain = plainDecimal(Number(`${String(digits)}e-${String(scale)}`)) ?? "";
        expect(plain).not.toMatch(/e/i);
        expect(Number(plain)).toBe(Number(`${String(digits)}e-${String(scale)}`));
      },
    ),
  );
});

test.each([
  [0, "0"],
  [-0, "0"],
  ["-0.00", "0"],
  [1e-7, "0.0000001"],
  [100.1, "100.1"],
  ["-54.9999384", "-54.9999384"],
  ["1E3", "1000"],
  ["1.5e-3", "0.0015"],
])("%p is written %s", (value, plain) => {
  expect(plainDecimal(value)).toBe(plain);
});

test.each([
  "",
  " ",
  "a lot",
  "1,5",
  "$5",
  "NaN",
  "Infinity",
  "0x10",
  "1e1000",
  "--1",
  "1.",
  ".5",
  Number.NaN,
  Number.POSITIVE_INFINITY,
])("%p is no number", (value) => {
  expect(plainDecimal(value)).toBeUndefined();
});

test.each([
  ["1.123456789", "TotalAmt: has more than 8 decimals, and numbers are never rounded"],
  [1e-9, "TotalAmt: has more than 8 decimals, and numbers are never rounded"],
  ["123456789012345678901", "TotalAmt: has more than 20 digits before the point"],
  ["1e999", "TotalAmt: has more than 20 digits before the point"],
  [undefined, "TotalAmt: is missing"],
  [null, "TotalAmt: is not a number"],
  [true, "TotalAmt: is not a number"],
])("a total of %p is refused, and never rounded", (total, problem) => {
  expect(problemsOf("Invoice", { ...invoice, TotalAmt: total })).toEqual([problem]);
});
