import { z } from "zod";
import { conflictColumns, conflictRow, type Conflict } from "../../src/sync/conflicts/conflict.js";
import type { FieldChoice } from "../../src/sync/conflicts/decide.js";
import { conflictPolicies, type PolicyRule } from "../../src/sync/conflicts/policy.js";
import { localChangeColumns, localChangeRow, type LocalChange } from "../../src/sync/local-changes/local-change.js";
import { editedValues } from "./given.js";
import { asked, type Event, type Happening } from "./happening.js";
import { pluginOf } from "./mirrored.js";
import { plugins } from "./process.js";
import type { Random } from "./random.js";
import type { Web } from "./web.js";
import type { World } from "./world.js";

const anyWeb = ({ webs }: World, random: Random): Web => random.pick(webs) ?? webs[0];

export async function localChanges({ database, connectionId }: World, condition = "true"): Promise<LocalChange[]> {
  const { rows } = await database.pool.query(
    `SELECT ${localChangeColumns("l")} FROM local_changes l WHERE l.connection_id = $1 AND ${condition} ORDER BY l.number`,
    [connectionId],
  );
  return z.array(localChangeRow).parse(rows);
}

export async function conflictsOf({ database, connectionId }: World, condition = "true"): Promise<Conflict[]> {
  const { rows } = await database.pool.query(
    `SELECT ${conflictColumns("x")} FROM conflicts x WHERE x.connection_id = $1 AND ${condition} ORDER BY x.number`,
    [connectionId],
  );
  return z.array(conflictRow).parse(rows);
}

/** Somebody decides a conflict, one way or another. */
export async function decide(world: World, random: Random, conflict: Conflict): Promise<Happening> {
  const { actor } = world;
  const { id: conflictId, kind, fields, version, entity } = conflict;
  const seen = random.chance(0.4) ? { expectedVersion: version } : {};
  const request = {
    actor,
    conflictId,
    ...seen,
    note: random.chance(0.3) ? "chaos" : undefined,
    dryRun: random.chance(0.05),
  };
  const web = anyWeb(world, random);
  return asked(`decide ${kind} of ${entity} ${conflictId}`, async () => {
    if (kind !== "FIELDS") {
      const choice = random.chance(0.5) ? { recreate: true } : { discard: true };
      await web.conflicts.resolve({ ...request, ...choice });
      return { decided: choice };
    }
    const given = random.chance(0.3) ? await editedValues(world, entity, undefined, random) : {};
    const own = fields.flatMap(({ path }): FieldChoice[] => {
      if (path in given) return [{ path, choose: "VALUE", value: given[path] }];
      return random.chance(0.5) ? [{ path, choose: side(random) }] : [];
    });
    const choice = { default: side(random), fields: own };
    await web.conflicts.resolve({ ...request, ...choice });
    return { decided: choice };
  });
}

const side = (random: Random): "QUICKBOOKS" | "PLATFORM" => (random.chance(0.5) ? "QUICKBOOKS" : "PLATFORM");

export const resolve: Event = async (world, random) => {
  const conflict = random.pick(await conflictsOf(world, "x.status IN ('OPEN', 'IGNORED')"));
  return conflict === undefined ? { decided: "nothing" } : decide(world, random, conflict);
};

export const resolveAll: Event = (world, random) =>
  asked("decide all", async () => {
    const open = await conflictsOf(world, "x.status = 'OPEN'");
    const which = random.chance(0.5) ? { ids: open.map(({ id }) => id) } : { where: {} };
    const resolution = random.chance(0.5) ? ("QUICKBOOKS_WINS" as const) : ("PLATFORM_WINS" as const);
    const { actor } = world;
    return { resolution, ...(await anyWeb(world, random).conflicts.resolveMany({ actor, resolution, ...which })) };
  });

/** A conflict is put aside, assigned to nobody in particular, or decided anew. */
export const careForConflict: Event = async (world, random) => {
  const conflict = random.pick(await conflictsOf(world));
  if (conflict === undefined) return { cared: "for nothing" };
  const { actor } = world;
  const request = { actor, conflictId: conflict.id };
  const { conflicts } = anyWeb(world, random);
  const [what, care] = random.pick([
    ["ignore", () => conflicts.ignore(request)],
    ["reopen", () => conflicts.reopen(request)],
    ["reopen", () => conflicts.reopen(request)],
    ["assign", () => conflicts.assign({ ...request, memberId: null })],
  ] as const) ?? ["nothing", () => Promise.resolve()];
  return asked(`${what} conflict ${conflict.id}`, async () => {
    await care();
    return {};
  });
};

/** Somebody sends a local change again, or gives it up. */
export const retryOrCancel: Event = async (world, random) => {
  const open = await localChanges(world, "l.status NOT IN ('PUSHED', 'CANCELLED')");
  const change = random.pick(open.slice(-8));
  if (change === undefined) return { retried: "nothing" };
  const isRetried = random.chance(0.5);
  return isRetried ? retry(world, random, change) : cancel(world, random, change);
};

export const retry = (world: World, random: Random, { id }: LocalChange): Promise<Happening> =>
  asked(`retry ${id}`, async () => {
    await anyWeb(world, random).localChanges.retry(world.actor, id);
    return {};
  });

export const cancel = (world: World, random: Random, { id }: LocalChange): Promise<Happening> =>
  asked(`cancel ${id}`, async () => {
    await anyWeb(world, random).localChanges.cancel(world.actor, id);
    return {};
  });

/** Who wins where both sides changed a field is decided for all of the company, an entity, or a field. */
export const changePolicies: Event = async ({ database, connectionId }, random) => {
  const policies = Array.from({ length: random.below(3) }, (): PolicyRule => {
    const policy = random.pick(conflictPolicies) ?? "MERGE_DATA";
    const entity = random.chance(0.5) ? random.pick(plugins)?.name : undefined;
    const fields = entity === undefined ? [] : Object.keys(pluginOf(entity).fields);
    const field = random.chance(0.5)
      ? random.pick(fields.filter((path) => pluginOf(entity ?? "").fields[path]?.edit))
      : undefined;
    return { policy, ...(entity !== undefined && { entity }), ...(field !== undefined && { field }) };
  });
  await database.pool.query("UPDATE connections SET policies = $2 WHERE id = $1", [
    connectionId,
    JSON.stringify(policies),
  ]);
  return { policies };
};
