import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { GraphQLError, parseValue, type GraphQLScalarType } from "graphql";
import { DateTime, Decimal, JSON as JsonScalar, JSONObject, LocalDate } from "../../src/foundation/scalars.js";

const literal = (scalar: GraphQLScalarType<unknown, unknown>, text: string): unknown =>
  scalar.parseLiteral(parseValue(text), {});

function expectRefused(parse: () => unknown): void {
  let refused: unknown;
  try {
    parse();
  } catch (error) {
    refused = error;
  }
  expect(refused).toBeInstanceOf(GraphQLError);
  expect(refused).toMatchObject({ extensions: { code: "BAD_USER_INPUT" } });
}

const instants = fc.date({
  min: new Date("0001-01-01T00:00:00Z"),
  max: new Date("9999-12-31T23:59:59Z"),
  noInvalidDate: true,
});
const decimals = fc
  .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.stringMatching(/^\d{0,18}$/))
  .map(([whole, fraction]) => (fraction === "" ? String(whole) : `${String(whole)}.${fraction}`));

test("an instant survives the way out and back", () => {
  fc.assert(
    fc.property(instants, (instant) => {
      expect(DateTime.parseValue(DateTime.serialize(instant))).toEqual(instant);
    }),
  );
});

test("an instant is written in UTC with milliseconds, whatever it comes as", () => {
  expect(DateTime.serialize("2026-01-01T00:00:00+00:00")).toBe("2026-01-01T00:00:00.000Z");
  expect(DateTime.serialize("2026-01-01T00:00:00.123456+00:00")).toBe("2026-01-01T00:00:00.123Z");
  expect(DateTime.serialize(new Date(0))).toBe("1970-01-01T00:00:00.000Z");
  expect(literal(DateTime, '"2026-01-01T01:30:00+01:30"')).toEqual(new Date("2026-01-01T00:00:00Z"));
});

test.each([
  '"2026-02-30T00:00:00Z"',
  '"2026-01-01T00:00:00"',
  '"2026-01-01T24:00:00Z"',
  '"2026-01-01"',
  '"yesterday"',
  "1767225600000",
  "null",
])("%s is not an instant", (text) => {
  expectRefused(() => literal(DateTime, text));
  expectRefused(() => DateTime.parseValue(JSON.parse(text)));
});

test("a day survives the way out and back, and a database's date is its day", () => {
  fc.assert(
    fc.property(instants, (instant) => {
      const day = instant.toISOString().slice(0, 10);
      expect(LocalDate.parseValue(LocalDate.serialize(day))).toBe(day);
      expect(LocalDate.serialize(new Date(`${day}T00:00:00Z`))).toBe(day);
    }),
  );
});

test.each(['"2026-02-29"', '"2026-13-01"', '"2026-1-1"', '"2026-01-01T00:00:00Z"', "20260101"])(
  "%s is not a day",
  (text) => {
    expectRefused(() => literal(LocalDate, text));
  },
);

test("a decimal survives the way out and back digit by digit", () => {
  fc.assert(
    fc.property(decimals, (decimal) => {
      expect(Decimal.parseValue(Decimal.serialize(decimal))).toBe(decimal);
      expect(literal(Decimal, `"${decimal}"`)).toBe(decimal);
    }),
  );
});

test("whole numbers may be given as Int", () => {
  expect(literal(Decimal, "12")).toBe("12");
  expect(Decimal.parseValue(-12)).toBe("-12");
});

test.each([
  "1.5",
  '"1e3"',
  "1e3",
  '"NaN"',
  '"Infinity"',
  '"+1"',
  '"1."',
  '".5"',
  '"007"',
  '""',
  `"${"1".repeat(41)}"`,
  "true",
])("%s is not a decimal", (text) => {
  expectRefused(() => literal(Decimal, text));
});

test("floats in variables are refused, for they have lost digits already", () => {
  for (const value of [1.5, Number.NaN, 2 ** 53]) expectRefused(() => Decimal.parseValue(value));
});

test("JSON takes any value, JSONObject only an object", () => {
  expect(JsonScalar.parseValue([1, "a", null])).toEqual([1, "a", null]);
  expect(literal(JSONObject, '{a: [1, {b: "c"}]}')).toEqual({ a: [1, { b: "c" }] });
  for (const value of [[1], "text", 1, null]) expectRefused(() => JSONObject.parseValue(value));
});
