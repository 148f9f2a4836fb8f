import { z } from "zod";
import type { StreamEvent } from "../../../src/foundation/streams.js";
import { conflictStream } from "../../../src/sync/conflicts/conflict.js";
import { localChangeStream } from "../../../src/sync/local-changes/local-change.js";
import { conflictsOf, localChanges } from "../deciders.js";
import type { World } from "../world.js";

const aboutConflict = z.object({ conflictId: z.string() });
const aboutChange = z.object({ localChangeId: z.string() });

/** Every conflict is told of from its opening to what it has come to, and every local change at all. */
export async function untold(world: World): Promise<string[]> {
  const { organizationId } = world.actor;
  const told = new Map<string, string[]>();
  for (const { kind, data } of await eventsOf(world, conflictStream(organizationId))) {
    const { conflictId } = aboutConflict.parse(data);
    told.set(conflictId, [...(told.get(conflictId) ?? []), kind]);
  }
  const conflicts = await conflictsOf(world);
  const changed = (await eventsOf(world, localChangeStream(organizationId))).map(
    ({ data }) => aboutChange.parse(data).localChangeId,
  );
  const heard = new Set(changed);
  return [
    ...conflicts.flatMap(({ id, status }) => {
      const kinds = told.get(id) ?? [];
      const isWhole = kinds[0] === "OPENED" && kinds.filter((kind) => kind === "OPENED").length === 1;
      if (status === "OPEN" || status === "IGNORED") return [`the conflict ${id} was never settled`];
      return isWhole && kinds.at(-1) === status
        ? []
        : [`the conflict ${id} is ${status}, and was told of as ${kinds.join(", ")}`];
    }),
    ...(await localChanges(world))
      .filter(({ id }) => !heard.has(id))
      .map(({ id }) => `nobody was told of the local change ${id}`),
  ];
}

const lastRow = z.object({ last: z.coerce.bigint() });

async function eventsOf({ database, webs: [{ streams }] }: World, stream: string): Promise<StreamEvent[]> {
  const { rows } = await database.pool.query("SELECT last_number::text AS last FROM event_streams WHERE name = $1", [
    stream,
  ]);
  const last = lastRow.optional().parse(rows[0])?.last ?? 0n;
  const events: StreamEvent[] = [];
  if (last === 0n) return events;
  const isLast = ({ number }: StreamEvent): boolean => number >= last;
  const snapshot = (): Promise<null> => Promise.resolve(null);
  const follower = streams.follow({ stream, after: 0n, snapshot, isLast, signal: AbortSignal.timeout(5_000) });
  for await (const event of follower) events.push(event);
  return events;
}
