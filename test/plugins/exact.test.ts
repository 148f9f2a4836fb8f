import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { compare, decimalText, negative, product, sum } from "../../src/plugins/exact.js";

describe("exact arithmetic", () => {
  test.each([
    ["128.35", "14.5", "1861.08"],
    ["3", "0.5306667", "1.59"],
    ["1", "0.005", "0.01"],
    ["1", "-0.005", "-0.01"],
    ["-2", "0.0049", "-0.01"],
    ["1", "0.004", "0"],
    ["99999999999999999999", "0.1", "9999999999999999999.9"],
  ])("%s times %s is %s to the cent, halves away from zero", (left, right, expected) => {
    expect(product(left, right, 2)).toBe(expected);
  });

  test("what doubles lose is kept", () => {
    expect(sum(["0.1", "0.2", "-0.3"])).toBe("0");
    expect(sum(["9007199254740993", "0.01"])).toBe("9007199254740993.01");
    expect(negative("0")).toBe("0");
    expect(compare("10.10", "10.1")).toBe(0);
    expect(compare("-1", "0")).toBe(-1);
    expect(compare("2", "10")).toBe(-1);
    expect(decimalText("5.00")).toBe("5");
    expect(decimalText("five")).toBeUndefined();
    expect(() => sum(["five"])).toThrow('"five" is not a decimal number.');
  });

  test("whole cents come out as whole numbers would", () => {
    const cents = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n });
    const text = (value: bigint): string => {
      const digits = (value < 0n ? -value : value).toString().padStart(3, "0");
      return `${value < 0n ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`;
    };
    fc.assert(
      fc.property(cents, cents, (a, b) => {
        expect(sum([text(a), text(b)])).toBe(decimalText(text(a + b)));
        expect(compare(text(a), text(b))).toBe(a < b ? -1 : a > b ? 1 : 0);
      }),
    );
  });
});
