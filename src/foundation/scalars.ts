import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from "graphql";
import { GraphQLJSON, GraphQLJSONObject } from "graphql-scalars";

const rfc3339 = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/i;
const decimal = /^-?(0|[1-9]\d*)(\.\d+)?$/;
const maxDecimalDigits = 40;

/** RFC 3339, on the wire always UTC with milliseconds. From the database it comes as a Date or as PostgreSQL's JSON writes it. */
export const DateTime = new GraphQLScalarType<Date, string>({
  name: "DateTime",
  description:
    "An instant as RFC 3339 writes it, in UTC with milliseconds: `2026-01-31T17:00:00.000Z`. Input may have any offset.",
  specifiedByURL: "https://www.rfc-editor.org/rfc/rfc3339",
  serialize: (value) => instant(value, unfit).toISOString(),
  parseValue: (value) => instant(value, refuse),
  parseLiteral: (node) => instant(textOf(node), refuse),
});

/** A day of a calendar, in no time zone. */
export const LocalDate = new GraphQLScalarType<string, string>({
  name: "LocalDate",
  description: "A day without a time zone: `2026-01-31`.",
  specifiedByURL: "https://the-guild.dev/graphql/scalars/docs/scalars/local-date",
  serialize: (value) => localDate(value instanceof Date ? value.toISOString().slice(0, 10) : value, unfit),
  parseValue: (value) => localDate(value, refuse),
  parseLiteral: (node) => localDate(textOf(node), refuse),
});

/** An exact number: a string throughout, for a floating-point number cannot hold it. */
export const Decimal = new GraphQLScalarType<string, string>({
  name: "Decimal",
  description:
    'An exact decimal number, as a string of at most 40 digits: `"1234.50"`. Whole numbers may be given as Int.',
  serialize: (value) => exactDecimal(isDecimalObject(value) ? value.toFixed() : value, unfit),
  parseValue: (value) => exactDecimal(value, refuse),
  parseLiteral: (node) => exactDecimal(node.kind === Kind.INT ? node.value : textOf(node), refuse),
});

export const JSON = refusingInput(GraphQLJSON, "Any JSON value.");
export const JSONObject = refusingInput(GraphQLJSONObject, "A JSON object.");

/** How a value that does not fit is told: as the caller's mistake, or as ours. */
type Complain = (message: string) => never;

const refuse: Complain = (message) => {
  throw new GraphQLError(message, { extensions: { code: "BAD_USER_INPUT" } });
};

const unfit: Complain = (message) => {
  throw new TypeError(message);
};

function textOf(node: ValueNode): unknown {
  return node.kind === Kind.STRING ? node.value : undefined;
}

function instant(value: unknown, complain: Complain): Date {
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value;
  const day = typeof value === "string" ? rfc3339.exec(value)?.[1] : undefined;
  if (typeof value === "string" && day !== undefined && isDay(day)) return new Date(value);
  return complain('A DateTime is an RFC 3339 string with an offset, such as "2026-01-31T17:00:00Z".');
}

function localDate(value: unknown, complain: Complain): string {
  if (typeof value === "string" && isDay(value)) return value;
  return complain('A LocalDate is a day of the calendar, such as "2026-01-31".');
}

/** JavaScript takes the 30th of February for the 2nd of March. */
function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00.000Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

function exactDecimal(value: unknown, complain: Complain): string {
  const text = Number.isSafeInteger(value) || typeof value === "bigint" ? String(value) : value;
  if (typeof text === "string" && decimal.test(text) && text.replace(/\D/g, "").length <= maxDecimalDigits) return text;
  return complain(
    'A Decimal is a string of at most 40 digits without an exponent, such as "1234.50"; only whole numbers may be given as Int.',
  );
}

/** Prisma's decimals; `toFixed` without an argument writes all digits and no exponent. */
function isDecimalObject(value: unknown): value is { toFixed(): string } {
  return typeof value === "object" && value !== null && "toFixed" in value && typeof value.toFixed === "function";
}

/** The library's scalar, with our code on its complaints about input. */
function refusingInput<Internal, External>(scalar: GraphQLScalarType<Internal, External>, description: string) {
  const orRefuse = <Result>(parse: () => Result): Result => {
    try {
      return parse();
    } catch (error) {
      return refuse(error instanceof Error ? error.message : String(error));
    }
  };
  return new GraphQLScalarType<Internal, External>({
    ...scalar.toConfig(),
    description,
    parseValue: (value) => orRefuse(() => scalar.parseValue(value)),
    parseLiteral: (node, variables) => orRefuse(() => scalar.parseLiteral(node, variables)),
  });
}
