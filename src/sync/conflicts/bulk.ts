import { z } from "zod";
import type { Actor } from "../../access/actor.js";
import type { Prisma } from "../../generated/prisma/client.js";
import { UserProblem, UserProblems } from "../problems.js";
import type { ResolutionPreview } from "./outcome.js";
import { resolveConflict } from "./resolving.js";
import type { ConflictServices } from "./services.js";

/** Either named one by one, or all open ones that fit. */
export interface ResolveManyRequest {
  readonly actor: Actor;
  readonly ids?: readonly string[] | undefined;
  readonly where?: Prisma.ConflictWhereInput | undefined;
  readonly resolution: "QUICKBOOKS_WINS" | "PLATFORM_WINS";
  readonly note?: string | undefined;
  readonly dryRun?: boolean | undefined;
}

export interface Skipped {
  readonly conflictId: string;
  readonly reason: string;
}

export interface ResolveManyOutcome {
  readonly resolved: number;
  /** Of more than `mostSkipped`, the first. */
  readonly skipped: readonly Skipped[];
  readonly skippedCount: number;
  /** What both sides hold of those that were decided; of more than `mostPreviewed`, the first. */
  readonly previews: readonly BulkPreview[];
}

export interface BulkPreview extends ResolutionPreview {
  readonly conflictId: string;
}

/** Read at a time, and the most that are named at once. */
const portion = 100;
const mostNamed = 1_000;
/** Reasons that one answer gives. */
const mostSkipped = 100;
const mostPreviewed = 100;

/**
 * Decides many conflicts alike, each in a transaction of its own, so that none waits for the others. What cannot be decided so is
 * skipped and says why: a record that is gone, where the platform should win. The edit of one that is gone is given up where
 * QuickBooks wins.
 */
export async function resolveMany(
  services: ConflictServices,
  request: ResolveManyRequest,
): Promise<ResolveManyOutcome> {
  const skipped: Skipped[] = [];
  const previews: BulkPreview[] = [];
  let resolved = 0;
  let skippedCount = 0;
  for await (const conflict of wantedConflicts(services, request)) {
    const decided = await resolveOne(services, request, conflict);
    if (typeof decided === "string") {
      skippedCount += 1;
      if (skipped.length < mostSkipped) skipped.push({ conflictId: conflict.id, reason: decided });
    } else {
      resolved += 1;
      if (previews.length < mostPreviewed) previews.push({ ...decided, conflictId: conflict.id });
    }
  }
  return { resolved, skipped, skippedCount, previews };
}

interface Found {
  readonly id: string;
  readonly kind: "FIELDS" | "DELETED_IN_QUICKBOOKS" | "VOIDED_IN_QUICKBOOKS" | undefined;
}

/** What comes of it, or why it was not decided. */
async function resolveOne(
  services: ConflictServices,
  request: ResolveManyRequest,
  { id, kind }: Found,
): Promise<ResolutionPreview | string> {
  const { actor, resolution, note, dryRun } = request;
  const isGone = kind !== undefined && kind !== "FIELDS";
  if (isGone && resolution === "PLATFORM_WINS")
    return "The record is gone in QuickBooks: decide by itself whether to recreate it.";
  const choice = isGone
    ? { discard: true }
    : { default: resolution === "QUICKBOOKS_WINS" ? ("QUICKBOOKS" as const) : ("PLATFORM" as const) };
  try {
    return (await resolveConflict(services, { actor, conflictId: id, ...choice, note, dryRun })).preview;
  } catch (error) {
    if (error instanceof UserProblem || error instanceof UserProblems) return error.message;
    throw error;
  }
}

/** Unknown ids come as they are, and are told as not found. */
async function* wantedConflicts(
  { database }: ConflictServices,
  request: ResolveManyRequest,
): AsyncGenerator<Found, void, undefined> {
  const { ids, where, actor } = request;
  if ((ids === undefined) === (where === undefined))
    throw new UserProblem("INVALID", "conflictIds", "Give either conflictIds or a filter.");
  if (ids !== undefined && ids.length > mostNamed) {
    throw new UserProblem("INVALID", "conflictIds", `Name ${String(mostNamed)} conflicts at most, or give a filter.`);
  }
  const { prisma } = database;
  const connections = await prisma.connection.findMany({
    where: { organizationId: actor.organizationId },
    select: { id: true },
  });
  const own = { connectionId: { in: connections.map(({ id }) => id) } };
  if (ids !== undefined) {
    const valid = ids.filter((id) => z.uuid().safeParse(id).success);
    const known = await prisma.conflict.findMany({
      where: { ...own, id: { in: valid } },
      select: { id: true, kind: true },
    });
    const kinds = new Map(known.map(({ id, kind }) => [id, kind]));
    for (const id of new Set(ids)) yield { id, kind: kinds.get(id) };
    return;
  }
  // What is decided meanwhile opens nothing behind the number that was reached.
  let after = 0n;
  for (;;) {
    const found = await prisma.conflict.findMany({
      where: { AND: [where ?? {}, own, { status: "OPEN", number: { gt: after } }] },
      orderBy: { number: "asc" },
      select: { id: true, kind: true, number: true },
      take: portion,
    });
    yield* found;
    const last = found.at(-1);
    if (last === undefined) return;
    after = last.number;
  }
}
