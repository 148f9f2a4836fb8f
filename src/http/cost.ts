import type { Response } from "express";
import type { GraphQLError } from "graphql";
import { z } from "zod";
import type { Budget, Budgets, Payer } from "../access/budgets.js";
import { publicError } from "../schema/errors.js";

/** What every operation costs, even one that cannot be read; each object that its answer may hold costs one point more. */
export const operationPoints = 10;

/** `extensions.cost` of every answer: what was asked for, and what the scarcest of the caller's budgets holds now; all in points. */
export interface Cost extends Budget {
  readonly requested: number;
  /** When it may be asked for again; only where it was refused because too little was left. */
  readonly retryAfterMs?: number;
}

/** The cost of what was refused. */
export type Excess = Cost & { readonly retryAfterMs: number };

export function costOf(budgets: Budgets, payer: Payer, requested: number): Cost {
  const [scarcest] = [...budgets.of(payer)].sort((one, other) => one.available - other.available);
  if (scarcest === undefined) throw new Error("Somebody has no budget.");
  return { requested, ...scarcest };
}

/** Takes what an operation costs, or the part of it that has not been taken yet. Or takes nothing, and gives what it would have cost. */
export function charge(budgets: Budgets, payer: Payer, requested: number, part = requested): Excess | undefined {
  const retryAfterMs = budgets.charge(payer, part);
  return retryAfterMs === 0 ? undefined : { ...costOf(budgets, payer, requested), retryAfterMs };
}

/** The cost stands in the error as well, for the error can be all that is answered. */
export function overBudget(cost: Excess): GraphQLError {
  return rateLimited("You have asked for more than your budget holds.", cost.retryAfterMs, { cost });
}

/** The refusal of whoever asks too much, the same over HTTP (429) and WebSocket. */
export function rateLimited(
  reason: string,
  retryAfterMs: number,
  extensions: Readonly<Record<string, unknown>> = {},
): GraphQLError {
  const message = `${reason} Try again in ${secondsOf(retryAfterMs)} s.`;
  return publicError("RATE_LIMITED", message, { status: 429, retryAfterMs, ...extensions });
}

const waiting = z.object({ retryAfterMs: z.number() });

/** Says in the headers as well when an error tells to try again. */
export function withRetryAfter(response: Response, { extensions }: GraphQLError): Response {
  const { data } = waiting.safeParse(extensions);
  return data === undefined ? response : response.set("Retry-After", secondsOf(data.retryAfterMs));
}

/** As the header Retry-After says it. */
export function secondsOf(retryAfterMs: number): string {
  return String(Math.ceil(retryAfterMs / 1000));
}
