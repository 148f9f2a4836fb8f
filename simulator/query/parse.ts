import { QueryRefused } from "./errors.js";
import { tokenize } from "./tokens.js";
import type { Token } from "./tokens.js";

export type Operator = "=" | "<" | ">" | "<=" | ">=" | "IN" | "LIKE";

export interface Condition {
  readonly property: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

export interface Statement {
  readonly isCount: boolean;
  readonly entity: string;
  readonly where: readonly Condition[];
  readonly orderBy?: { readonly property: string; readonly descending: boolean };
  readonly startPosition?: number;
  readonly maxResults?: number;
}

const operators: readonly Operator[] = ["=", "<", ">", "<=", ">=", "IN", "LIKE"];

/** Walks over the tokens of one statement. */
class Reader {
  #position = 0;

  constructor(readonly tokens: readonly Token[]) {}

  get token(): Token {
    return this.tokens[this.#position] ?? { kind: "end", value: "", column: 1 };
  }

  next(): Token {
    const { token } = this;
    this.#position += 1;
    return token;
  }

  /** Whether the next token is that word (in any case) or symbol; if so, it is passed. */
  accept(value: string): boolean {
    const { kind, value: found } = this.token;
    if ((kind !== "word" && kind !== "symbol") || found.toUpperCase() !== value) return false;
    this.#position += 1;
    return true;
  }

  expect(value: string): void {
    if (!this.accept(value)) throw this.unexpected(`"${value.toLowerCase()}"`);
  }

  word(): string {
    if (this.token.kind !== "word") throw this.unexpected("<IDENTIFIER>");
    return this.next().value;
  }

  count(): number {
    if (this.token.kind !== "number" || !/^\d+$/.test(this.token.value)) throw this.unexpected("<INTEGER>");
    return Number(this.next().value);
  }

  unexpected(expected: string): QueryRefused {
    const { kind, value, column } = this.token;
    const shown = kind === "end" ? '<EOF> "' : `"${value}" "${value}`;
    return QueryRefused.parse(shown, column, expected);
  }
}

/**
 * Parses a statement of QuickBooks' query language:
 * `SELECT *|COUNT(*) FROM entity [WHERE p op v [AND ...]] [ORDERBY p [ASC|DESC]] [STARTPOSITION n] [MAXRESULTS m]`, the last two in either
 * order, `ORDER BY` in two words as well. Source: Data queries guide. Throws {@link QueryRefused} with code 4000.
 */
export function parseQuery(statement: string): Statement {
  const reader = new Reader(tokenize(statement));
  reader.expect("SELECT");
  const isCount = parseSelection(reader);
  reader.expect("FROM");
  const entity = reader.word();
  const where = reader.accept("WHERE") ? parseConditions(reader) : [];
  const orderBy = parseOrder(reader);
  const page = parsePage(reader);
  if (reader.token.kind !== "end") throw reader.unexpected("<EOF>");
  return { isCount, entity, where, ...(orderBy ? { orderBy } : {}), ...page };
}

function parseSelection(reader: Reader): boolean {
  if (reader.accept("*")) return false;
  reader.expect("COUNT");
  reader.expect("(");
  reader.expect("*");
  reader.expect(")");
  return true;
}

function parseConditions(reader: Reader): readonly Condition[] {
  const conditions: Condition[] = [];
  do conditions.push(parseCondition(reader));
  while (reader.accept("AND"));
  return conditions;
}

function parseCondition(reader: Reader): Condition {
  const property = reader.word();
  const operator = operators.find((each) => reader.accept(each));
  if (!operator) throw reader.unexpected('"="');
  if (operator !== "IN") return { property, operator, values: [parseValue(reader)] };
  reader.expect("(");
  const values = [parseValue(reader)];
  while (reader.accept(",")) values.push(parseValue(reader));
  reader.expect(")");
  return { property, operator, values };
}

function parseValue(reader: Reader): string {
  const { kind, value } = reader.token;
  const isWord = kind === "word" && ["true", "false", "current_date"].includes(value.toLowerCase());
  if (kind !== "text" && kind !== "number" && !isWord) throw reader.unexpected("<STRING>");
  return isWord ? reader.next().value.toLowerCase() : reader.next().value;
}

function parseOrder(reader: Reader): Statement["orderBy"] {
  if (!reader.accept("ORDERBY")) {
    if (!reader.accept("ORDER")) return undefined;
    reader.expect("BY");
  }
  const property = reader.word();
  const descending = reader.accept("DESC");
  if (!descending) reader.accept("ASC");
  return { property, descending };
}

function parsePage(reader: Reader): Pick<Statement, "startPosition" | "maxResults"> {
  let page: Pick<Statement, "startPosition" | "maxResults"> = {};
  for (;;) {
    if (page.startPosition === undefined && reader.accept("STARTPOSITION"))
      page = { ...page, startPosition: reader.count() };
    else if (page.maxResults === undefined && reader.accept("MAXRESULTS"))
      page = { ...page, maxResults: reader.count() };
    else return page;
  }
}
