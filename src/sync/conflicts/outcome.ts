import type { Actor } from "../../access/actor.js";
import type { Values } from "../../plugins/writes.js";
import type { LocalChange } from "../local-changes/local-change.js";
import { labelOf } from "../local-changes/paths.js";
import { UserProblem, UserProblems, type Problem } from "../problems.js";
import type { Conflict } from "./conflict.js";
import { chosenValue, decide, type Decided, type DecidedField, type FieldChoice } from "./decide.js";
import type { Held } from "./held.js";

/** Every field has to be decided, by `fields` or by `default`; of a record that is gone, either `recreate` or `discard`. */
export interface ResolveRequest {
  readonly actor: Actor;
  readonly conflictId: string;
  /** The version of the conflict that was looked at; left out, whatever it is now. */
  readonly expectedVersion?: number | undefined;
  readonly default?: "QUICKBOOKS" | "PLATFORM" | undefined;
  /** Values as they are given to an edit. */
  readonly fields?: readonly FieldChoice[] | undefined;
  readonly recreate?: boolean | undefined;
  readonly discard?: boolean | undefined;
  readonly note?: string | undefined;
  /** Shows what would come of it, and does nothing. */
  readonly dryRun?: boolean | undefined;
}

export interface ResolutionPreview {
  /** PENDING: something will be sent to QuickBooks. CANCELLED: the edit is given up. */
  readonly status: "PENDING" | "CANCELLED";
  /** What each side will hold. */
  readonly fields: readonly {
    readonly path: string;
    readonly label: string;
    readonly platform: unknown;
    readonly quickbooks: unknown;
  }[];
}

/** How a resolution was made, and what it was made of: `conflicts.resolution`. */
export interface Resolution {
  readonly by: "FIELDS" | "DISCARD" | "RECREATE";
  readonly before: Pick<LocalChange, "edits" | "baseContent" | "errorCode">;
  readonly after: Pick<LocalChange, "status" | "edits">;
  readonly recreatedId?: string;
}

/** What a request comes to. */
export interface Outcome extends Decided {
  readonly by: Resolution["by"];
  readonly fields: readonly DecidedField[];
}

/** Reads, and checks, the values that were given. */
export type Checked = (held: Held) => Promise<Values>;

/** A decision counts for what was looked at. */
export function assertOpen({ status, version, fields }: Conflict, expectedVersion: number | undefined): void {
  if (status === "RESOLVED") {
    throw new UserProblem(
      "ALREADY_RESOLVED",
      "conflictId",
      "This conflict was resolved already: reopen it to decide anew.",
    );
  }
  if (status === "SUPERSEDED") {
    throw new UserProblem(
      "ALREADY_RESOLVED",
      "conflictId",
      "There is nothing left to decide: the two sides no longer differ, or the edit is gone.",
    );
  }
  if (expectedVersion === undefined || expectedVersion === version) return;
  const changed = fields.filter(({ since = 1 }) => since > expectedVersion).map(({ path }) => path);
  const what = changed.length > 0 ? `these fields have changed: ${changed.join(", ")}` : "it has changed";
  const message = `Since version ${String(expectedVersion)} of this conflict ${what}. Look at version ${String(version)} and decide again.`;
  throw new UserProblem("STALE_VERSION", "expectedVersion", message);
}

/** Throws UserProblem or UserProblems where it does not fit the conflict. */
export async function outcomeOf(held: Held, request: ResolveRequest, checked: Checked): Promise<Outcome> {
  const { conflict, change, plugin, now } = held;
  const { recreate = false, discard = false } = request;
  const isGone = conflict.kind !== "FIELDS";
  if (isGone !== (recreate || discard) || (recreate && discard)) {
    const message = isGone
      ? "The record is gone in QuickBooks: choose either recreate or discard."
      : "The record is still there in QuickBooks: decide its fields instead.";
    throw new UserProblem("INVALID", recreate ? "recreate" : "discard", message);
  }
  if (!isGone) {
    const fields = await decidedFields(held, request, checked);
    return { ...decide(plugin, change, fields, now), by: "FIELDS", fields };
  }
  if (recreate && change.operation !== "UPDATE") {
    throw new UserProblem("INVALID", "recreate", "Only an edit of fields can be made to a new record: choose discard.");
  }
  const { edits, baseContent } = change;
  return { status: "CANCELLED", edits, baseContent, by: recreate ? "RECREATE" : "DISCARD", fields: [] };
}

async function decidedFields(held: Held, request: ResolveRequest, checked: Checked): Promise<DecidedField[]> {
  const { conflict } = held;
  const chosen = new Map((request.fields ?? []).map((each) => [each.path, each]));
  const problems = problemsOf(conflict, chosen, request);
  if (problems.length > 0) throw new UserProblems(problems);
  const values = await checked(held);
  return conflict.fields.map(({ path, base, platform, quickbooks }) => {
    const choice = chosen.get(path)?.choose ?? request.default ?? "QUICKBOOKS";
    const field = { path, base, platform, quickbooks, choice };
    return choice === "VALUE" ? { ...field, value: values[path] ?? null } : field;
  });
}

function problemsOf(
  { fields }: Conflict,
  chosen: ReadonlyMap<string, FieldChoice>,
  request: ResolveRequest,
): Problem[] {
  const paths = fields.map(({ path }) => path);
  const undecided = paths.filter((path) => request.default === undefined && !chosen.has(path));
  const unknown = [...chosen.keys()].filter((path) => !paths.includes(path));
  return [
    ...undecided.map((path) => invalid(`Decide ${path} too, or give a default for all that is not named.`)),
    ...unknown.map((path) => invalid(`${path} is not in conflict: leave it out.`)),
    ...(chosen.get("state")?.choose === "VALUE"
      ? [invalid("Whether the record stays is for one of the sides: choose QUICKBOOKS or PLATFORM for state.")]
      : []),
  ];
}

const invalid = (message: string): Problem => ({ code: "INVALID", field: "fields", message });

export function previewOf({ plugin, conflict, change }: Held, { status, by, fields }: Outcome): ResolutionPreview {
  const held = (path: string, platform: unknown, quickbooks: unknown) => ({
    path,
    label: labelOf(plugin, path),
    platform,
    quickbooks,
  });
  if (by === "DISCARD")
    return { status, fields: conflict.fields.map(({ path, quickbooks }) => held(path, quickbooks, quickbooks)) };
  if (by === "RECREATE") {
    const wanted = Object.entries(change.edits).map(([path, { value }]) => held(path, value, value));
    return { status: "PENDING", fields: wanted };
  }
  return { status, fields: fields.map((field) => held(field.path, chosenValue(field), chosenValue(field))) };
}

/** By path, what is given instead of either side's. */
export const givenValues = ({ fields = [] }: ResolveRequest): Values =>
  Object.fromEntries(fields.filter(({ choose }) => choose === "VALUE").map(({ path, value }) => [path, value ?? null]));
