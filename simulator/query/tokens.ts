import { QueryRefused } from "./errors.js";

export interface Token {
  readonly kind: "word" | "text" | "number" | "symbol" | "end";
  /** The word or number as written, the symbol, or the text without quotes and escapes. */
  readonly value: string;
  /** Counted from 1. */
  readonly column: number;
}

const patterns: readonly (readonly [Token["kind"], RegExp])[] = [
  ["word", /[A-Za-z_][A-Za-z0-9_.]*/y],
  ["number", /[+-]?\d+(?:\.\d+)?/y],
  ["text", /'(?:[^'\\]|\\[\s\S])*'/y],
  ["symbol", /<=|>=|[=<>(),*]/y],
];

/** Cuts a statement into words, numbers, quoted text (a backslash escapes) and symbols. */
export function tokenize(statement: string): readonly Token[] {
  const tokens: Token[] = [];
  let position = 0;
  for (;;) {
    position = skipSpace(statement, position);
    if (position === statement.length) return [...tokens, { kind: "end", value: "", column: position + 1 }];
    const token = tokenAt(statement, position);
    tokens.push(token);
    position += token.kind === "text" ? textLength(statement, position) : token.value.length;
  }
}

function skipSpace(statement: string, position: number): number {
  while (/\s/.test(statement.charAt(position))) position += 1;
  return position;
}

function textLength(statement: string, position: number): number {
  const pattern = /'(?:[^'\\]|\\[\s\S])*'/y;
  pattern.lastIndex = position;
  return pattern.exec(statement)?.[0].length ?? 1;
}

function tokenAt(statement: string, position: number): Token {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = position;
    const [found] = pattern.exec(statement) ?? [];
    if (found === undefined) continue;
    const value = kind === "text" ? found.slice(1, -1).replace(/\\([\s\S])/g, "$1") : found;
    return { kind, value, column: position + 1 };
  }
  throw QueryRefused.parse(
    `"${statement.charAt(position)}" "${statement.charAt(position)}`,
    position + 1,
    "<IDENTIFIER>",
  );
}
