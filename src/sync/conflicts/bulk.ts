import { z } from "zod";
import type { Actor } from "../../access/actor.js";
import { reachedConnections } from "../../access/reach.js";
import type { Prisma } from "../../generated/prisma/client.js";
import { UserProblem, UserProblems } from "../problems.js";
import type { Conflict } from "./conflict.js";
import { missing } from "./held.js";
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
  /** No further conflict is begun once it is aborted. */
  readonly signal?: AbortSignal | undefined;
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
  /** Those asked for that were neither decided nor skipped: there are too many for one call, or its time was up. */
  readonly remaining: number;
}

export interface BulkPreview extends ResolutionPreview {
  readonly conflictId: string;
}

/** That one call decides. */
const mostDecided = 1_000;
/** Reasons that one answer gives. */
const mostSkipped = 100;
const mostPreviewed = 100;

/**
 * Decides many conflicts alike, as they are when the call begins (I9): one that changes before its turn comes is skipped and says what
 * has changed. Each has a transaction of its own, so that none waits for the others. What cannot be decided so is skipped and says
 * why: a record that is gone, where the platform should win. The edit of one that is gone is given up where QuickBooks wins.
 * Throws UserProblem INVALID where neither ids nor a filter is given, or too many ids.
 */
export async function resolveMany(
  services: ConflictServices,
  request: ResolveManyRequest,
): Promise<ResolveManyOutcome> {
  const { seen, total } = await conflictsSeen(services, request);
  const skipped: Skipped[] = [];
  const previews: BulkPreview[] = [];
  let looked = 0;
  for (const conflict of seen) {
    if (request.signal?.aborted === true) break;
    looked += 1;
    const decided = await resolveOne(services, request, conflict);
    if (typeof decided === "string") skipped.push({ conflictId: conflict.id, reason: decided });
    else previews.push({ ...decided, conflictId: conflict.id });
  }
  return {
    resolved: previews.length,
    skipped: skipped.slice(0, mostSkipped),
    skippedCount: skipped.length,
    previews: previews.slice(0, mostPreviewed),
    remaining: total - looked,
  };
}

/** A conflict as it is when the call begins; of an id that names none, the id alone. */
type Seen = Pick<Conflict, "id"> & Partial<Pick<Conflict, "kind" | "version">>;

/** What comes of it, or why it was not decided. */
async function resolveOne(
  services: ConflictServices,
  { actor, resolution, note, dryRun }: ResolveManyRequest,
  { id: conflictId, kind, version: expectedVersion }: Seen,
): Promise<ResolutionPreview | string> {
  if (kind === undefined) return missing().message;
  const isGone = kind !== "FIELDS";
  if (isGone && resolution === "PLATFORM_WINS")
    return "The record is gone in QuickBooks: decide by itself whether to recreate it.";
  const choice = isGone
    ? { discard: true }
    : { default: resolution === "QUICKBOOKS_WINS" ? ("QUICKBOOKS" as const) : ("PLATFORM" as const) };
  try {
    const request = { actor, conflictId, expectedVersion, ...choice, note, dryRun };
    return (await resolveConflict(services, request)).preview;
  } catch (error) {
    if (error instanceof UserProblem || error instanceof UserProblems) return error.message;
    throw error;
  }
}

interface Selection {
  readonly seen: readonly Seen[];
  /** How many were asked for. */
  readonly total: number;
}

async function conflictsSeen(
  { database: { prisma } }: ConflictServices,
  { ids, where, actor }: ResolveManyRequest,
): Promise<Selection> {
  const connections = await prisma.connection.findMany({ where: reachedConnections(actor), select: { id: true } });
  const own = { connectionId: { in: connections.map(({ id }) => id) } };
  const select = { id: true, kind: true, version: true } as const;
  if (ids !== undefined && where === undefined) {
    const wanted = [...new Set(ids)];
    if (wanted.length > mostDecided) throw tooMany(wanted.length);
    const valid = wanted.filter((id) => z.uuid().safeParse(id).success);
    const known = await prisma.conflict.findMany({ where: { ...own, id: { in: valid } }, select });
    const byId = new Map(known.map((conflict) => [conflict.id, conflict]));
    return { seen: wanted.map((id) => byId.get(id) ?? { id }), total: wanted.length };
  }
  if (where === undefined || ids !== undefined)
    throw new UserProblem("INVALID", "conflictIds", "Give either conflictIds or a filter.");
  const open = { AND: [where, own, { status: "OPEN" as const }] };
  // What may be skipped for good comes last, so that it never keeps the next call from those that remain.
  const orderBy = [{ kind: "asc" as const }, { number: "asc" as const }];
  const seen = await prisma.conflict.findMany({ where: open, orderBy, select, take: mostDecided });
  return { seen, total: seen.length < mostDecided ? seen.length : await prisma.conflict.count({ where: open }) };
}

const tooMany = (count: number): UserProblem => {
  const message = `These are ${String(count)} conflicts: name ${String(mostDecided)} at most in one call, or give a filter.`;
  return new UserProblem("INVALID", "conflictIds", message);
};
