import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from "@jest/globals";
import type { Client } from "graphql-ws";
import { z } from "zod";
import { conflictStream } from "../../src/sync/conflicts/conflict.js";
import { socketClient } from "../http/client.js";
import { until } from "../support/until.js";
import { createConflictsWorld, type ConflictsWorld } from "./conflicts-world.js";

let world: ConflictsWorld;
let client: Client;

beforeAll(async () => {
  world = await createConflictsWorld();
});

beforeEach(() => {
  client = socketClient(world.gateway, world.tokens.VIEWER);
});

afterEach(async () => {
  await client.dispose();
});

afterAll(() => world.stop());

const event = z.object({
  cursor: z.string(),
  kind: z.string(),
  conflict: z.object({ id: z.string(), status: z.string(), version: z.number() }).nullable(),
  openConflicts: z.number(),
});

function follow(variables: Record<string, unknown> = {}, by: Client = client) {
  const query = `subscription ($connectionId: ID, $after: String) { conflictEvents(connectionId: $connectionId, after: $after) {
    cursor kind occurredAt conflict { id status version } openConflicts } }`;
  const events: z.infer<typeof event>[] = [];
  let leave = (): void => undefined;
  const ended = new Promise<unknown>((resolve) => {
    leave = by.subscribe(
      { query, variables },
      {
        next: ({ data, errors }) =>
          errors === undefined ? void events.push(event.parse(data?.["conflictEvents"])) : resolve(errors),
        error: resolve,
        complete: () => resolve("complete"),
      },
    );
  });
  return { events, ended, leave, reached: (count: number) => until(() => (events.length >= count ? true : undefined)) };
}

test("conflicts are followed from how many are open through all that happens to them", async () => {
  const followed = follow({ connectionId: world.connectionId });
  await followed.reached(1);
  expect(followed.events[0]).toMatchObject({ kind: "SNAPSHOT", conflict: null, openConflicts: 0 });
  const { id, customer } = await world.conflict();
  await followed.reached(2);
  await world.change(customer, { Notes: "Theirs again" });
  await followed.reached(3);
  await world.decide("assignConflict", { conflictId: id });
  await followed.reached(4);
  await world.decide("ignoreConflict", { conflictId: id });
  await followed.reached(5);
  await world.decide("resolveConflict", { conflictId: id, expectedVersion: 2, default: "QUICKBOOKS" });
  await followed.reached(6);
  await world.decide("reopenConflict", { conflictId: id });
  await followed.reached(7);
  await world.change(customer, { Notes: "Ours" });
  await followed.reached(8);
  followed.leave();
  expect(followed.events.map(({ kind, openConflicts }) => [kind, openConflicts])).toEqual([
    ...[
      ["SNAPSHOT", 0],
      ["OPENED", 1],
      ["UPDATED", 1],
      ["ASSIGNED", 1],
    ],
    ...[
      ["IGNORED", 0],
      ["RESOLVED", 0],
      ["REOPENED", 1],
      ["SUPERSEDED", 0],
    ],
  ]);
  expect(followed.events.slice(1).map(({ conflict }) => conflict?.id)).toEqual(Array.from({ length: 7 }, () => id));
});

test("who comes again with the last cursor misses no conflict and sees nothing twice", async () => {
  const first = follow();
  await first.reached(1);
  first.leave();
  const { id } = await world.conflict();
  const again = follow({ after: first.events.at(-1)?.cursor });
  await again.reached(1);
  await world.decide("resolveConflict", { conflictId: id, expectedVersion: 1, default: "PLATFORM" });
  await again.reached(2);
  again.leave();
  expect(again.events.map(({ kind, conflict }) => [kind, conflict?.id])).toEqual([
    ["OPENED", id],
    ["RESOLVED", id],
  ]);
});

test("open conflicts are counted once for an event, however many follow", async () => {
  const query = jest.spyOn(world.gateway.database.pool, "query");
  const connectionIds = [world.connectionId, undefined, undefined, world.connectionId, undefined, undefined];
  const followed = connectionIds.map((connectionId) => follow({ connectionId }));
  await Promise.all(followed.map(({ reached }) => reached(1)));
  await world.conflict();
  await world.conflict();
  await Promise.all(followed.map(({ reached }) => reached(3)));
  for (const { leave } of followed) leave();
  const told = followed.map(({ events }) => events.map(({ openConflicts }) => openConflicts));
  const [first = []] = told;
  expect(first.at(-1)).toBe((first[0] ?? 0) + 2);
  expect(told).toEqual(told.map(() => first));
  const counts = query.mock.calls.filter((call) => /count\(\*\).* FROM conflicts/s.test(String(call.at(0))));
  query.mockRestore();
  expect([1, 2, 3]).toContain(counts.length);
});

test("a cursor older than the conflicts' events that are kept asks for a new snapshot", async () => {
  const first = follow();
  await first.reached(1);
  first.leave();
  await world.conflict();
  const { pool } = world.gateway.database;
  const stream = conflictStream(world.firm.organizationId);
  await pool.query("UPDATE event_streams SET floor = last_number WHERE name = $1", [stream]);
  const late = follow({ after: first.events[0]?.cursor });
  expect(await late.ended).toBe("complete");
  expect(late.events.map(({ kind, conflict }) => [kind, conflict])).toEqual([["RESYNC_REQUIRED", null]]);
});

test("conflicts of another organization are not followed, and its connections are not found", async () => {
  const foreign = socketClient(world.gateway, await (await world.gateway.newFirm()).token("VIEWER"));
  const followed = follow({}, foreign);
  await followed.reached(1);
  await world.conflict();
  expect(await follow({ connectionId: world.connectionId }, foreign).ended).toMatchObject([
    { extensions: { code: "NOT_FOUND" } },
  ]);
  expect(followed.events.map(({ kind, openConflicts }) => [kind, openConflicts])).toEqual([["SNAPSHOT", 0]]);
  await foreign.dispose();
});
