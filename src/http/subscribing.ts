import {
  createSourceEventStream,
  execute,
  type ExecutionArgs,
  type ExecutionResult,
  getOperationAST,
  GraphQLError,
  type GraphQLSchema,
  OperationTypeNode,
  parse,
  specifiedRules,
  validate,
} from "graphql";
import type { SubscribePayload } from "graphql-ws";
import type { Actor } from "../access/actor.js";
import { type GatewayContext, isContext, refreshed } from "../schema/context.js";
import { publicError } from "../schema/errors.js";
import { charge, operationPoints, overBudget } from "./cost.js";
import { limits, objectsOf, parseOptions } from "./limits.js";

/** Events of so many objects are free, or many who watch the same would use up what their organization has. */
const freeObjects = 100;

/** A subscription that may begin, and what each of its events costs. */
export interface Prepared {
  readonly args: ExecutionArgs;
  readonly eventPoints: number;
}

/** Reads, checks and charges for a message as a request over HTTP: the same rules, limits, costs and codes. Or says what is wrong. */
export function prepareSubscription(
  schema: GraphQLSchema,
  { query, operationName, variables }: SubscribePayload,
  { contextValue, actor }: { readonly contextValue: GatewayContext; readonly actor: Actor },
): Prepared | readonly GraphQLError[] {
  const { budgets } = contextValue.services;
  const atOnce = charge(budgets, actor, operationPoints);
  if (atOnce !== undefined) return [overBudget(atOnce)];
  const document = parsed(query);
  if (document instanceof GraphQLError) return [document];
  const errors = validate(schema, document, specifiedRules, { maxErrors: limits.validationErrors });
  if (errors.length > 0) return errors.map((error) => withCode(error, "GRAPHQL_VALIDATION_FAILED"));
  const operation = getOperationAST(document, operationName);
  if (operation?.operation !== OperationTypeNode.SUBSCRIPTION) {
    return [publicError("BAD_REQUEST", "Only subscriptions go over WebSocket. Send queries and mutations by POST.")];
  }
  const objects = objectsOf({ schema, document, operation, variables });
  if (objects instanceof GraphQLError) return [objects];
  const excess = charge(budgets, actor, operationPoints + objects, objects);
  if (excess !== undefined) return [overBudget(excess)];
  const asked = { operationName: operationName ?? null, variableValues: variables ?? {} };
  return { args: { schema, document, ...asked, contextValue }, eventPoints: objects > freeObjects ? objects : 0 };
}

function parsed(query: string) {
  try {
    return parse(query, parseOptions);
  } catch (error) {
    if (error instanceof GraphQLError) return withCode(error, "GRAPHQL_PARSE_FAILED");
    throw error;
  }
}

function withCode(error: GraphQLError, code: "GRAPHQL_PARSE_FAILED" | "GRAPHQL_VALIDATION_FAILED"): GraphQLError {
  const { nodes, source, positions } = error;
  return new GraphQLError(error.message, {
    ...(nodes && { nodes }),
    ...(source && { source }),
    ...(positions && { positions }),
    extensions: { code },
  });
}

/**
 * As graphql-js's `subscribe`, but every event is answered with loaders of its own: those of the whole subscription would
 * show what they once read for ever.
 */
export async function subscribeAfresh(
  args: ExecutionArgs,
): Promise<ExecutionResult | AsyncIterableIterator<ExecutionResult>> {
  const source = await createSourceEventStream(args);
  if (!(Symbol.asyncIterator in source)) return source;
  const events = source[Symbol.asyncIterator]();
  const answers: AsyncIterableIterator<ExecutionResult> = {
    next: async () => answer(args, await events.next()),
    return: async () => answer(args, (await events.return?.()) ?? end),
    throw: async (error: unknown) => answer(args, (await events.throw?.(error)) ?? end),
    [Symbol.asyncIterator]: () => answers,
  };
  return answers;
}

const end: IteratorReturnResult<undefined> = { done: true, value: undefined };

async function answer(args: ExecutionArgs, event: IteratorResult<unknown>): Promise<IteratorResult<ExecutionResult>> {
  if (event.done === true) return end;
  const { contextValue } = args;
  const value = await execute({
    ...args,
    rootValue: event.value,
    contextValue: isContext(contextValue) ? refreshed(contextValue) : contextValue,
  });
  return { done: false, value };
}
