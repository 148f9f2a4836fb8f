/**
 * JSON compared without rounding: every number is kept as the digits it was written with, so that neither the reading nor the
 * comparison can hide a changed figure (I14).
 */

/** Stands before the digits of a number. No mirrored text begins so: PostgreSQL stores no NUL. */
const mark = "\0";
const stringOrNumber = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const decimal = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** A place where two trees differ, as people read it. */
export interface Difference {
  readonly place: string;
  readonly recorded: string;
  readonly mirrored: string;
}

export interface Comparison {
  /** How many numbers were compared. */
  readonly figures: number;
  readonly differences: readonly Difference[];
}

/** Parses JSON, numbers as figures. Throws SyntaxError. */
export function parseFigures(text: string): unknown {
  return JSON.parse(text.replace(stringOrNumber, (token) => (token.startsWith('"') ? token : `"\\u0000${token}"`)));
}

/** A number, or a text that is one, as a figure; null where there is none. */
export function figureOf(value: unknown): string | null {
  if (typeof value !== "string") return null;
  const digits = digitsOf(value) ?? value;
  return decimal.test(digits) ? mark + digits : null;
}

/** Compares all that was recorded with all that is mirrored, figures by their exact value and everything else as it is. */
export function compareExact(recorded: unknown, mirrored: unknown, place = ""): Comparison {
  if (isTree(recorded) && isTree(mirrored) && Array.isArray(recorded) === Array.isArray(mirrored)) {
    const inner = [...new Set([...Object.keys(recorded), ...Object.keys(mirrored)])].map((key) =>
      compareExact(valueAt(recorded, key), valueAt(mirrored, key), place === "" ? key : `${place}.${key}`),
    );
    return {
      figures: inner.reduce((sum, { figures }) => sum + figures, 0),
      differences: inner.flatMap(({ differences }) => differences),
    };
  }
  const figures = digitsOf(recorded) === undefined ? 0 : 1;
  if (leaf(recorded) === leaf(mirrored)) return { figures, differences: [] };
  return { figures, differences: [{ place, recorded: shown(recorded), mirrored: shown(mirrored) }] };
}

/** The value of an object's own property, or a list's element. */
export function valueAt(tree: unknown, key: string): unknown {
  return isTree(tree) ? Object.getOwnPropertyDescriptor(tree, key)?.value : undefined;
}

const isTree = (value: unknown): value is object => typeof value === "object" && value !== null;

function digitsOf(value: unknown): string | undefined {
  return typeof value === "string" && value.startsWith(mark) ? value.slice(mark.length) : undefined;
}

/** What two equal leaves have in common, whatever way their number is written. */
function leaf(value: unknown): unknown {
  const digits = digitsOf(value);
  return digits === undefined ? value : mark + canonical(digits);
}

/** `100`, `100.0` and `1e2` alike: the significant digits, and where the point stands behind them. */
function canonical(digits: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = decimal.exec(digits) ?? [];
  const all = (whole + fraction).replace(/^0+/, "");
  const significant = all.replace(/0+$/, "");
  if (significant === "") return "0";
  return `${sign}${significant}e${String(Number(exponent) - fraction.length + all.length - significant.length)}`;
}

const longestShown = 80;

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = digitsOf(value) ?? JSON.stringify(value);
  return text.length > longestShown ? `${text.slice(0, longestShown)}…` : text;
}
