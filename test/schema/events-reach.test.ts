import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Client } from "graphql-ws";
import { z } from "zod";
import { createApiKeys } from "../../src/access/api-keys.js";
import { randomIds } from "../../src/foundation/ids.js";
import { decodeId } from "../../src/schema/relay.js";
import { conflictStream } from "../../src/sync/conflicts/conflict.js";
import { localChangeStream } from "../../src/sync/local-changes/local-change.js";
import { connectionStream } from "../../src/sync/run-view.js";
import { socketClient } from "../http/client.js";
import { until } from "../support/until.js";
import { createConflictsWorld, type ConflictsWorld } from "./conflicts-world.js";

let world: ConflictsWorld;

beforeAll(async () => {
  world = await createConflictsWorld();
});

afterAll(() => world.stop());

const kinds = z.object({ kind: z.string() });

/** A subscription by its name, with arguments where it has any. */
function follow(client: Client, subscription: string, selection: string) {
  const [name = ""] = subscription.split("(");
  const events: Record<string, unknown>[] = [];
  const sink = {
    next: ({ data }: { data?: Record<string, unknown> | null }) => void events.push(kinds.loose().parse(data?.[name])),
    error: () => undefined,
    complete: () => undefined,
  };
  client.subscribe({ query: `subscription { ${subscription} { kind ${selection} } }` }, sink);
  return { events, reached: (count: number) => until(() => (events.length >= count ? true : undefined)) };
}

test("I10: a key that is limited to some connections hears of those only, whatever it follows", async () => {
  const { gateway, firm } = world;
  await world.conflict();
  const reached = await world.newCompany(firm);
  const { key } = await createApiKeys({ ...gateway.services, ids: randomIds }).create(
    { kind: "SYSTEM", name: "a test" },
    firm.organizationId,
    { name: "limited", role: "VIEWER", connectionIds: [decodeId(reached)?.id ?? ""] },
  );
  const client = socketClient(gateway, key);
  const conflicts = follow(client, "conflictEvents", "openConflicts conflict { id }");
  const edits = follow(client, "localChangeEvents", "openLocalChanges { id } localChange { id }");
  const companies = follow(client, "connectionEvents", "connections { id }");
  const all = [conflicts, edits, companies];
  await Promise.all(all.map((one) => one.reached(1)));
  expect(all.map(({ events }) => events[0])).toEqual([
    { kind: "SNAPSHOT", openConflicts: 0, conflict: null },
    { kind: "SNAPSHOT", openLocalChanges: [], localChange: null },
    { kind: "SNAPSHOT", connections: [{ id: reached }] },
  ]);
  await world.conflict();
  const tell = (connection: string) =>
    gateway.database.transaction(async (sql) => {
      const streams = [conflictStream, localChangeStream, connectionStream].map((of) => of(firm.organizationId));
      const data = { connectionId: decodeId(connection)?.id };
      for (const stream of streams.sort()) await gateway.streams.append(sql, stream, "CHANGED", data);
    });
  await tell(world.connectionId);
  await tell(reached);
  await Promise.all(all.map((one) => one.reached(2)));
  await client.dispose();
  expect(all.map(({ events }) => events.slice(1))).toEqual([
    [{ kind: "UPDATED", openConflicts: 0, conflict: null }],
    [{ kind: "CHANGED", openLocalChanges: [], localChange: null }],
    [{ kind: "CHANGED", connections: [{ id: reached }] }],
  ]);
});

test("who follows one connection sees no other, in the snapshot or after", async () => {
  const { gateway, firm, tokens } = world;
  const [one, other] = [await world.newCompany(firm), await world.newCompany(firm)];
  const client = socketClient(gateway, tokens.VIEWER);
  const followed = follow(client, `connectionEvents(connectionId: "${one}")`, "connections { id }");
  await followed.reached(1);
  const stream = connectionStream(firm.organizationId);
  await gateway.database.transaction(async (sql) => {
    for (const id of [other, one])
      await gateway.streams.append(sql, stream, "CHANGED", { connectionId: decodeId(id)?.id });
  });
  await followed.reached(2);
  await client.dispose();
  expect(followed.events).toEqual(["SNAPSHOT", "CHANGED"].map((kind) => ({ kind, connections: [{ id: one }] })));
});
