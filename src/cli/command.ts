import { z } from "zod";
import type { SystemActor } from "../access/actor.js";
import type { ApiKeys } from "../access/api-keys.js";
import type { Organizations } from "../access/organizations.js";
import type { Database } from "../foundation/database/database.js";
import type { Variables } from "../foundation/settings/variables.js";

/** The command was not understood; the message says how to put it. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export interface Tools {
  readonly database: Database;
  readonly organizations: Organizations;
  readonly apiKeys: ApiKeys;
  readonly settings: Variables;
  readonly print: (line: string) => void;
}

export type Options = Readonly<Record<string, unknown>>;
export type Work = (tools: Tools) => Promise<void>;
/** Reads its options before it asks for tools: a mistake needs no database. */
export type Command = (options: Options) => Work;

export const operator: SystemActor = { kind: "SYSTEM", name: "operator" };
export const text = z.string({ error: "is missing" }).trim().min(1, "is empty");
export const id = z.uuid({ error: "must be an id as this command line prints them" });

/** A whole number between these, both included. */
export function wholeNumber(least: number, most: number) {
  const limits = `must be a whole number from ${String(least)} to ${String(most)}`;
  return z.coerce.number({ error: limits }).int(limits).min(least, limits).max(most, limits);
}

/** The options as the command declares them. Throws UsageError with a line for each that is wrong, missing or another command's. */
export function read<Shape extends z.core.$ZodLooseShape>(
  options: Options,
  shape: Shape,
): z.output<z.ZodObject<Shape>> {
  const result = z.strictObject(shape).safeParse(options);
  if (result.success) return result.data;
  throw new UsageError(result.error.issues.map(describeIssue).join("\n"));
}

function describeIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys")
    return `${issue.keys.map((key) => `--${key}`).join(", ")} does not belong to this command.`;
  return `--${String(issue.path[0])} ${issue.message}.`;
}

/** One line a row, the values two spaces apart. */
export function printRow(print: Tools["print"], ...values: readonly (string | null)[]): void {
  print(values.map((value) => value ?? "-").join("  "));
}

/** Throws UsageError where there is none with this id: an empty list would hide the mistake. */
export async function assertOrganization({ database }: Tools, organizationId: string): Promise<void> {
  if ((await database.prisma.organization.findUnique({ where: { id: organizationId } })) !== null) return;
  throw new UsageError("--organization names none. See: organization list.");
}
