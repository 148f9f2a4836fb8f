/** A text that is not JSON, or not the JSON its kind promises. */
export class MalformedBody extends Error {
  override readonly name = "MalformedBody";
}

const longNumber = /[\d.]{16}|\d[eE][+-]?\d/;
const stringOrNumber = /"[^"\\]*(?:\\.[^"\\]*)*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * JSON.parse that never loses a digit: a number with more than 15 significant digits, or with an exponent, becomes a string
 * of the same characters (I14). A double keeps any other exactly. Throws MalformedBody.
 */
export function parseExact(text: string): unknown {
  const parsed = parse(text);
  if (!longNumber.test(text)) return parsed;
  return parse(text.replace(stringOrNumber, (token) => (fitsDouble(token) ? token : `"${token}"`)));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new MalformedBody(`A text of ${text.length} characters is not JSON.`, { cause });
  }
}

function fitsDouble(token: string): boolean {
  if (token.startsWith('"')) return true;
  if (/[eE]/.test(token)) return false;
  return token.replace(/[-.]/g, "").replace(/^0+/, "").length <= 15;
}

/** Stands before a number that is carried as a text. */
const numberMark = "\u0001number:";
const markedNumber = /"\\u0001number:([^"]+)"/g;

/**
 * Rewrites a JSON text without losing a digit of what stays: `edit` gets the parsed value with its numbers as opaque texts, which it may move and leave
 * out, but not read. Throws MalformedBody.
 */
export function editExact(text: string, edit: (value: unknown) => unknown): string {
  const carried = text.replace(stringOrNumber, (token) =>
    token.startsWith('"') ? token : JSON.stringify(numberMark + token),
  );
  return JSON.stringify(edit(parse(carried))).replace(markedNumber, "$1");
}

/** One record of a body: its exact bytes, and the value of its own "Id" where it has one. */
export class RecordSlice {
  constructor(
    readonly bytes: Buffer,
    readonly id: string | undefined,
  ) {}

  text(): string {
    return this.bytes.toString("utf8");
  }
}

export interface CutBody {
  /** The body without its records: `[]` or `null` stands where they were. */
  readonly envelope: unknown;
  readonly records: ReadonlyMap<string, readonly RecordSlice[]>;
}

/**
 * Cuts the records out of a body without parsing them: the objects found under the keys `names`, alone or in an array. What is
 * inside a record is neither searched nor checked; parsing its text does that. Throws MalformedBody.
 */
export function cutRecords(body: Buffer, names: ReadonlySet<string>): CutBody {
  const records = new Map<string, RecordSlice[]>();
  const rest: Buffer[] = [];
  let copiedTo = 0;
  let at = 0;
  while ((at = body.indexOf(quote, at)) !== -1) {
    const end = endOfString(body, at);
    const value = valueAfterKey(body, end);
    const name = value === undefined ? "" : body.toString("utf8", at + 1, end - 1);
    at = end;
    if (value === undefined || !names.has(name)) continue;
    const isList = body[value] === openBracket;
    if (!isList && body[value] !== openBrace) continue;
    const slices = records.get(name) ?? [];
    records.set(name, slices);
    at = isList ? cutList(body, value, slices) : cutRecord(body, value, slices);
    rest.push(body.subarray(copiedTo, value), isList ? emptyList : nothing);
    copiedTo = at;
  }
  rest.push(body.subarray(copiedTo));
  return { envelope: parseExact(Buffer.concat(rest).toString("utf8")), records };
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const emptyList = Buffer.from("[]");
const nothing = Buffer.from("null");

/** From the opening bracket to behind the closing one. */
function cutList(body: Buffer, start: number, into: RecordSlice[]): number {
  let at = skipSpace(body, start + 1);
  if (body[at] === closeBracket) return at + 1;
  for (;;) {
    if (body[at] !== openBrace) throw new MalformedBody(`A list of records holds something else at byte ${at}.`);
    at = skipSpace(body, cutRecord(body, at, into));
    if (body[at] === closeBracket) return at + 1;
    if (body[at] !== comma) throw new MalformedBody(`A list of records is broken at byte ${at}.`);
    at = skipSpace(body, at + 1);
  }
}

/** From the opening brace to behind the closing one. */
function cutRecord(body: Buffer, start: number, into: RecordSlice[]): number {
  let depth = 0;
  let id: string | undefined;
  for (let at = start; at < body.length;) {
    const byte = body[at];
    if (byte === quote) {
      const end = endOfString(body, at);
      // Only a key is followed by a colon, and only this record's own keys stand at depth 1.
      if (depth === 1 && isId(body, at, end)) id = idAfterKey(body, end) ?? id;
      at = end;
      continue;
    }
    at++;
    if (byte === openBrace || byte === openBracket) depth++;
    else if ((byte === closeBrace || byte === closeBracket) && --depth === 0) {
      into.push(new RecordSlice(body.subarray(start, at), id));
      return at;
    }
  }
  throw new MalformedBody(`A record begins at byte ${start} and never ends.`);
}

function isId(body: Buffer, start: number, end: number): boolean {
  return end - start === 4 && body[start + 1] === 0x49 && body[start + 2] === 0x64;
}

function idAfterKey(body: Buffer, end: number): string | undefined {
  const value = valueAfterKey(body, end);
  if (value === undefined) return undefined;
  if (body[value] === quote) return String(parse(body.toString("utf8", value, endOfString(body, value))));
  return /^-?\d+/.exec(body.toString("latin1", value, value + 40))?.[0];
}

/** Where the value begins, if the string that ends at `end` is a key. */
function valueAfterKey(body: Buffer, end: number): number | undefined {
  const at = skipSpace(body, end);
  return body[at] === colon ? skipSpace(body, at + 1) : undefined;
}

/** From the opening quote to behind the closing one. */
function endOfString(body: Buffer, start: number): number {
  for (let at = start + 1; at < body.length; at++) {
    const byte = body[at];
    if (byte === quote) return at + 1;
    if (byte === backslash) at++;
  }
  throw new MalformedBody(`A string begins at byte ${start} and never ends.`);
}

function skipSpace(body: Buffer, start: number): number {
  let at = start;
  while (body[at] === 0x20 || body[at] === 0x0a || body[at] === 0x0d || body[at] === 0x09) at++;
  return at;
}
