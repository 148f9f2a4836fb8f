/** An amount of money, exact. */
export class Money {
  constructor(readonly cents: number) {}

  /** As QuickBooks writes amounts: `0`, `100.0`, `86.4`, `362.07`. */
  toString(): string {
    if (this.cents === 0) return "0";
    const size = Math.abs(this.cents);
    const fraction = String(size % 100)
      .padStart(2, "0")
      .replace(/0$/, "");
    return `${this.cents < 0 ? "-" : ""}${String(Math.floor(size / 100))}.${fraction}`;
  }
}

/** A price, quantity, percentage or exchange rate: the digits it was given with, such as `0.5306667`. */
export class Rate {
  constructor(readonly text: string) {}

  toString(): string {
    return this.text;
  }

  /** For arithmetic that is rounded to a fixed place at once. */
  get number(): number {
    return Number(this.text);
  }
}

/** A reference that is served with the name its record has at that moment. */
export class Ref {
  constructor(
    readonly entity: string,
    readonly value: string,
  ) {}
}

/** What a field can hold. Numbers are Money or Rate, so that no digit is ever lost or invented. */
export type Value = string | boolean | Money | Rate | Ref | readonly Value[] | Fields;

/** The fields of a record, or of an object inside one. An undefined field is not served. */
export interface Fields {
  readonly [name: string]: Value | undefined;
}

export type NameOf = (ref: Ref) => string | undefined;

export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

export function isFields(value: Value | undefined): value is Fields {
  return (
    typeof value === "object" &&
    !isList(value) &&
    !(value instanceof Money || value instanceof Rate || value instanceof Ref)
  );
}

const none: readonly Fields[] = [];

export function listOf(value: Value | undefined): readonly Fields[] {
  return isList(value) ? value.filter(isFields) : none;
}

export function centsOf(value: Value | undefined): number {
  return value instanceof Money ? value.cents : 0;
}

export function numberOf(value: Value | undefined): number {
  return value instanceof Rate ? value.number : 0;
}

/** A decimal's digits without its point, and how many of them stood after it. */
function digits(rate: Rate): readonly [bigint, number] {
  const [whole = "0", fraction = ""] = rate.text.split(".");
  return [BigInt(whole + fraction), fraction.length];
}

/** Two rates multiplied, in whole cents, half a cent away from zero; exact, where both are written without an exponent. */
export function productCents(a: Rate, b: Rate): number {
  if (/e/i.test(a.text + b.text)) return Math.round(a.number * b.number * 100);
  const [[x, xPlaces], [y, yPlaces]] = [digits(a), digits(b)];
  const product = x * y * 100n;
  const unit = 10n ** BigInt(xPlaces + yPlaces);
  const size = product < 0n ? -product : product;
  const cents = Number((size * 2n + unit) / (unit * 2n));
  return product < 0n ? -cents : cents;
}

export function hundredths(rate: Rate): number {
  return Math.round(rate.number * 100);
}

export function textOf(value: Value | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The id a reference points to, whether its name is looked up or fixed. */
export function idOf(value: Value | undefined): string | undefined {
  if (value instanceof Ref) return value.value;
  return isFields(value) ? textOf(value["value"]) : undefined;
}

/** Whether two values are the same, in whatever order their fields stand. */
export function isSame(a: Value | undefined, b: Value | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  if (a instanceof Ref || b instanceof Ref) return a instanceof Ref && b instanceof Ref && idOf(a) === idOf(b);
  if (isList(a) || isList(b))
    return isList(a) && isList(b) && a.length === b.length && a.every((each, index) => isSame(each, b[index]));
  if (isFields(a) && isFields(b)) return [...Object.keys(a), ...Object.keys(b)].every((key) => isSame(a[key], b[key]));
  if (a instanceof Money) return b instanceof Money && a.cents === b.cents;
  return a instanceof Rate && b instanceof Rate && a.text === b.text;
}

/** Writes a value as JSON, numbers digit by digit. */
export function write(value: Value, nameOf: NameOf): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "boolean") return value ? "true" : "false";
  if (value instanceof Money || value instanceof Rate) return value.toString();
  if (value instanceof Ref) return writeRef(value, nameOf);
  if (isList(value)) return writeList(value, nameOf);
  return isFields(value) ? writeFields(value, nameOf) : "null";
}

function writeRef(ref: Ref, nameOf: NameOf): string {
  const name = nameOf(ref);
  const value = `{"value":${JSON.stringify(ref.value)}`;
  return name === undefined ? `${value}}` : `${value},"name":${JSON.stringify(name)}}`;
}

function writeList(values: readonly Value[], nameOf: NameOf): string {
  let text = "";
  for (const value of values) text += (text === "" ? "" : ",") + write(value, nameOf);
  return `[${text}]`;
}

function writeFields(fields: Fields, nameOf: NameOf): string {
  let text = "";
  for (const name in fields) {
    const value = fields[name];
    if (value !== undefined) text += `${text === "" ? "" : ","}"${name}":${write(value, nameOf)}`;
  }
  return `{${text}}`;
}
