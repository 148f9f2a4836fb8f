import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type { Client } from "graphql-ws";
import { z } from "zod";
import { readRunView } from "../../src/sync/progress.js";
import { connectionStream, runStream } from "../../src/sync/run-view.js";
import { connectCompany, dataOf, socketClient } from "../http/client.js";
import { type Firm, type Gateway, startGateway } from "../http/gateway.js";
import { until } from "../support/until.js";

let gateway: Gateway;
let firm: Firm;
let client: Client;
let connectionId: string;
let syncRunId: string;
/** Our own id of the run. */
let runId: string;

beforeAll(async () => {
  gateway = await startGateway();
});

beforeEach(async () => {
  firm = await gateway.newFirm();
  client = socketClient(gateway, await firm.token("VIEWER"));
  ({ connectionId, syncRunId } = await connectCompany(gateway, await firm.token("ADMIN")));
  runId = (await gateway.database.prisma.syncRun.findFirstOrThrow({ orderBy: { queuedAt: "desc" } })).id;
});

afterEach(async () => {
  await client.dispose();
  await gateway.database.prisma.connection.deleteMany();
});

afterAll(() => gateway.stop());

const runEvent = z.object({
  cursor: z.string(),
  kind: z.string(),
  run: z.object({ status: z.string(), entities: z.array(z.object({ read: z.number() })) }).nullable(),
  entity: z.object({ entity: z.string(), read: z.number() }).nullable(),
});
type RunEvent = z.infer<typeof runEvent>;

/** A subscription that is followed: what has come, and whether the gateway has ended it. */
interface Followed<Event> {
  readonly events: Event[];
  readonly ended: Promise<unknown>;
  leave(): void;
}

function follow<Event>(
  query: string,
  variables: Record<string, unknown>,
  read: (data: unknown) => Event,
): Followed<Event> {
  const events: Event[] = [];
  let leave = (): void => undefined;
  const ended = new Promise<unknown>((resolve) => {
    leave = client.subscribe(
      { query, variables },
      {
        next: ({ data, errors }) => (errors === undefined ? void events.push(read(data)) : resolve(errors)),
        error: resolve,
        complete: () => resolve("complete"),
      },
    );
  });
  return { events, ended, leave };
}

const followRun = (after?: string): Followed<RunEvent> =>
  follow(
    `subscription ($id: ID!, $after: String) { syncRunEvents(syncRunId: $id, after: $after) {
      cursor kind run { status entities { read } } entity { entity read }
    } }`,
    { id: syncRunId, after },
    (data) => z.object({ syncRunEvents: runEvent }).parse(data).syncRunEvents,
  );

/** Moves the run on as a worker does: the change and its event in one transaction. */
const advance = (read: number, { kind = "PROGRESS", status = "RUNNING", entity = "Invoice" } = {}) =>
  gateway.database.transaction(async (tx) => {
    await tx.query(
      `UPDATE quickbooks_syncs SET status = $2::"SyncRunStatus", started_at = coalesce(started_at, now()) WHERE id = $1`,
      [runId, status],
    );
    await tx.query("UPDATE sync_run_entities SET read = $3 WHERE run_id = $1 AND entity = $2", [runId, entity, read]);
    await gateway.streams.append(tx, runStream(runId), kind, { run: await readRunView(tx, runId), entity });
  });

const reached = (followed: Followed<unknown>, count: number) =>
  until(() => (followed.events.length >= count ? true : undefined));

test("a run is followed from how it stands to its end, which ends the subscription", async () => {
  const followed = followRun();
  await reached(followed, 1);
  expect(followed.events[0]).toMatchObject({ kind: "SNAPSHOT", run: { status: "QUEUED" }, entity: null });
  await advance(0, { kind: "STARTED" });
  await reached(followed, 2);
  await advance(1_000);
  await reached(followed, 3);
  await advance(1_000, { kind: "FINISHED", status: "SUCCEEDED" });
  expect(await followed.ended).toBe("complete");
  expect(followed.events.map(({ kind, run }) => [kind, run?.status])).toEqual([
    ["SNAPSHOT", "QUEUED"],
    ["STARTED", "RUNNING"],
    ["PROGRESS", "RUNNING"],
    ["FINISHED", "SUCCEEDED"],
  ]);
  expect(followed.events[2]?.entity).toEqual({ entity: "INVOICE", read: 1_000 });
});

test("who comes again with the last cursor misses nothing and sees nothing twice", async () => {
  const first = followRun();
  await reached(first, 1);
  await advance(1, { kind: "STARTED" });
  await reached(first, 2);
  first.leave();
  await advance(2);
  await advance(3, { entity: "Payment" });
  const again = followRun(first.events.at(-1)?.cursor);
  await reached(again, 2);
  await advance(4, { kind: "FINISHED", status: "PARTIAL" });
  expect(await again.ended).toBe("complete");
  expect(again.events.map(({ kind, entity }) => [kind, entity?.read])).toEqual([
    ["PROGRESS", 2],
    ["PROGRESS", 3],
    ["FINISHED", 4],
  ]);
});

test("a run that had ended is told once, and with its last cursor nothing more", async () => {
  await advance(1, { kind: "FINISHED", status: "FAILED" });
  const late = followRun();
  expect(await late.ended).toBe("complete");
  expect(late.events.map(({ kind, run }) => [kind, run?.status])).toEqual([["SNAPSHOT", "FAILED"]]);
  const later = followRun(late.events[0]?.cursor);
  expect(await later.ended).toBe("complete");
  expect(later.events).toEqual([]);
});

test("a cursor of another stream, and one that is older than what is kept, are told apart", async () => {
  const organization = follow("subscription { connectionEvents { cursor } }", {}, (data) =>
    z.object({ connectionEvents: z.object({ cursor: z.string() }) }).parse(data),
  );
  await reached(organization, 1);
  organization.leave();
  expect(await followRun(organization.events[0]?.connectionEvents.cursor).ended).toMatchObject([
    { extensions: { code: "BAD_USER_INPUT", field: "after", reason: "INVALID_CURSOR" } },
  ]);
  const followed = followRun();
  await reached(followed, 1);
  followed.leave();
  await advance(1);
  await advance(2);
  await gateway.database.pool.query("UPDATE event_streams SET floor = 2 WHERE name = $1", [runStream(runId)]);
  const stale = followRun(followed.events[0]?.cursor);
  expect(await stale.ended).toBe("complete");
  expect(stale.events).toMatchObject([{ kind: "RESYNC_REQUIRED", run: null }]);
});

test("another organization's run is NOT_FOUND, like the id of nothing", async () => {
  const other = socketClient(gateway, await (await gateway.newFirm()).token("ADMIN"));
  const answers = await Promise.all(
    [syncRunId, "nothing"].map(
      (id) =>
        new Promise((resolve) => {
          other.subscribe(
            { query: "subscription ($id: ID!) { syncRunEvents(syncRunId: $id) { kind } }", variables: { id } },
            { next: ({ errors }) => resolve({ errors }), error: resolve, complete: () => undefined },
          );
        }),
    ),
  );
  await other.dispose();
  expect(answers[0]).toMatchObject({ errors: [{ extensions: { code: "NOT_FOUND" } }] });
  expect(answers[1]).toEqual(answers[0]);
});

test("each event of a connection shows it as it then stands, and those of other organizations are never seen", async () => {
  const followed = follow(
    "subscription { connectionEvents { kind connections { id isPaused } syncRun { id } } }",
    {},
    (data) => data,
  );
  await reached(followed, 1);
  const tell = (organizationId: string, kind: string, isPaused: boolean, more = {}) =>
    gateway.database.transaction(async (tx) => {
      const { rows } = await tx.query<{ id: string }>("UPDATE connections SET is_paused = $1 RETURNING id", [isPaused]);
      await gateway.streams.append(tx, connectionStream(organizationId), kind, { connectionId: rows[0]?.id, ...more });
    });
  await tell((await gateway.newFirm()).organizationId, "DISCONNECTED", false);
  await tell(firm.organizationId, "SYNC_STARTED", true, { syncRunId: runId });
  await reached(followed, 2);
  await tell(firm.organizationId, "REAUTHORIZATION_REQUIRED", false);
  await reached(followed, 3);
  followed.leave();
  const event = (kind: string, isPaused: boolean, syncRun: object | null) => ({
    connectionEvents: { kind, connections: [{ id: connectionId, isPaused }], syncRun },
  });
  expect(followed.events).toEqual([
    event("SNAPSHOT", false, null),
    event("SYNC_STARTED", true, { id: syncRunId }),
    event("REAUTHORIZATION_REQUIRED", false, null),
  ]);
});

test("a stream can be followed for one connection only", async () => {
  const followed = follow(
    "subscription ($id: ID!) { connectionEvents(connectionId: $id) { kind } }",
    { id: connectionId },
    (data) => z.object({ connectionEvents: z.object({ kind: z.string() }) }).parse(data).connectionEvents.kind,
  );
  await reached(followed, 1);
  await gateway.database.transaction(async (tx) => {
    const stream = connectionStream(firm.organizationId);
    await gateway.streams.append(tx, stream, "CONNECTED", { connectionId: "00000000-0000-4000-8000-000000000000" });
    const { rows } = await tx.query<{ id: string }>("SELECT id FROM connections");
    await gateway.streams.append(tx, stream, "DISCONNECTED", { connectionId: rows[0]?.id });
  });
  await reached(followed, 2);
  followed.leave();
  expect(followed.events).toEqual(["SNAPSHOT", "DISCONNECTED"]);
});

test("what mutations do is told to who follows", async () => {
  const followed = followRun();
  await reached(followed, 1);
  await dataOf(gateway, "mutation ($id: ID!) { cancelSync(input: { syncRunId: $id }) { syncRun { id } } }", {
    token: await firm.token("OPERATOR"),
    variables: { id: syncRunId },
  });
  expect(await followed.ended).toBe("complete");
  expect(followed.events.at(-1)).toMatchObject({ kind: "FINISHED", run: { status: "CANCELLED" } });
});

test("a subscriber who leaves is followed no longer", async () => {
  const gauge = async () => {
    const response = await fetch(`${gateway.url}/metrics`, { headers: { authorization: "Bearer metrics-token" } });
    return /gateway_subscriptions (\d+)/.exec(await response.text())?.[1];
  };
  const followed = followRun();
  await reached(followed, 1);
  expect(await gauge()).toBe("1");
  followed.leave();
  await until(async () => ((await gauge()) === "0" ? true : undefined));
});
