import { plainDecimal } from "./payload.js";

/** Arithmetic on decimal texts without doubles (I14). All answers are in the mappers' form: the shortest text, without exponent. */

interface Exact {
  readonly units: bigint;
  /** How many of the digits stand behind the point. */
  readonly scale: number;
}

/** The decimal text of a value in the mappers' form; undefined where it is none. */
export function decimalText(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" ? plainDecimal(value) : undefined;
}

export function sum(texts: readonly string[]): string {
  const all = texts.map(exact);
  const scale = Math.max(0, ...all.map((each) => each.scale));
  return textOf({ units: all.reduce((total, each) => total + inScale(each, scale), 0n), scale });
}

export function negative(text: string): string {
  const { units, scale } = exact(text);
  return textOf({ units: -units, scale });
}

/** The product to so many decimals, halves away from zero: the way in which QuickBooks checks a line's amount. */
export function product(left: string, right: string, decimals: number): string {
  const [a, b] = [exact(left), exact(right)];
  return textOf(rounded({ units: a.units * b.units, scale: a.scale + b.scale }, decimals));
}

/** Negative where the left one is less, positive where it is more, 0 where they are equal. */
export function compare(left: string, right: string): number {
  const { units } = exact(sum([left, negative(right)]));
  return units < 0n ? -1 : units > 0n ? 1 : 0;
}

function exact(text: string): Exact {
  const [whole = "0", fraction = ""] = plainText(text).split(".");
  return { units: BigInt(whole + fraction), scale: fraction.length };
}

const inScale = ({ units, scale }: Exact, wanted: number): bigint => units * 10n ** BigInt(wanted - scale);

function rounded(value: Exact, decimals: number): Exact {
  if (value.scale <= decimals) return value;
  const unit = 10n ** BigInt(value.scale - decimals);
  const size = value.units < 0n ? -value.units : value.units;
  const units = (size * 2n + unit) / (unit * 2n);
  return { units: value.units < 0n ? -units : units, scale: decimals };
}

function textOf({ units, scale }: Exact): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, "0");
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  return plainText(units < 0n ? `-${text}` : text);
}

/** Throws TypeError for what is no decimal. */
function plainText(text: string): string {
  const plain = plainDecimal(text);
  if (plain === undefined) throw new TypeError(`"${text}" is not a decimal number.`);
  return plain;
}
