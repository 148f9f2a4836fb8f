import {
  type DocumentNode,
  getVariableValues,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type ParseOptions,
  visit,
} from "graphql";
import { publicError } from "../schema/errors.js";
import { weigh } from "./weight.js";

/** What one operation may ask for, the same over HTTP and WebSocket. */
export const limits = {
  /** Fields inside fields. */
  depth: 12,
  /** Objects the answer may hold: page sizes multiply, whether they are written out or come as variables. */
  objects: 50_000,
  aliases: 30,
  directives: 20,
  tokens: 2_000,
  /** A request or a message, in bytes. */
  bodyBytes: 100_000,
  messageBytes: 64 * 1024,
  /** Errors told of one document: telling all of a hostile one is work as well. */
  validationErrors: 5,
} as const;

export const parseOptions: ParseOptions = { maxLexicalTokens: limits.tokens };

interface Asked {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>> | null | undefined;
}

/**
 * How many objects an operation that is otherwise valid asks for, which is what it costs. Or why it is refused: QUERY_TOO_COMPLEX, or
 * BAD_USER_INPUT where its variables do not fit.
 */
export function objectsOf({ schema, document, operation, variables }: Asked): number | GraphQLError {
  const { coerced, errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables ?? {});
  if (coerced === undefined) return misfit(errors[0]?.message ?? "The variables do not fit.");
  if (holdsUnstorable([...textsIn(document), coerced])) {
    return misfit(
      "A text holds the character U+0000, or half of a surrogate pair, which cannot be kept. Leave it out.",
    );
  }
  const { aliases, directives } = countIn(document);
  return (
    over("aliases", aliases, limits.aliases) ??
    over("directives", directives, limits.directives) ??
    weighed({ schema, document, operation, variables: coerced })
  );
}

function weighed(asked: Parameters<typeof weigh>[0]): number | GraphQLError {
  try {
    const { depth, objects } = weigh(asked);
    return over("levels", depth, limits.depth) ?? over("objects", objects, limits.objects) ?? objects;
  } catch (error) {
    if (error instanceof GraphQLError) return misfit(error.message);
    throw error;
  }
}

/** PostgreSQL knows neither: it would fail wherever such a text is looked for or kept. Level by level, for values may be nested deeply. */
function holdsUnstorable(values: readonly unknown[]): boolean {
  for (let level = values; level.length > 0; level = level.flatMap(inside)) {
    if (level.some((value) => typeof value === "string" && (value.includes("\0") || !value.isWellFormed())))
      return true;
  }
  return false;
}

const inside = (value: unknown): unknown[] => (typeof value === "object" && value !== null ? Object.values(value) : []);

function textsIn(document: DocumentNode): readonly string[] {
  const texts: string[] = [];
  visit(document, { [Kind.STRING]: ({ value }) => void texts.push(value) });
  return texts;
}

function misfit(message: string): GraphQLError {
  return publicError("BAD_USER_INPUT", message, { status: 400 });
}

function over(what: string, cost: number, limit: number): GraphQLError | undefined {
  if (cost <= limit) return undefined;
  const message = `The operation asks for ${cost} ${what}, and ${limit} are allowed. Split it, or ask for smaller pages.`;
  return publicError("QUERY_TOO_COMPLEX", message, { status: 400, cost, limit });
}

function countIn(document: DocumentNode): { readonly aliases: number; readonly directives: number } {
  let aliases = 0;
  let directives = 0;
  visit(document, {
    [Kind.FIELD](node) {
      if (node.alias !== undefined) aliases += 1;
    },
    [Kind.DIRECTIVE]() {
      directives += 1;
    },
  });
  return { aliases, directives };
}
