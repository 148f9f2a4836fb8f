import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { z } from "zod";
import { dataOf } from "../http/client.js";
import { connectCompany, gatewayProgram, type GatewayProgram, newAdmin } from "../support/gateway.js";
import { buildPrograms, freePort, type Programs } from "../support/program.js";
import { type SimulatorProgram, startSimulatorProgram } from "../support/simulator.js";
import { until } from "../support/until.js";
import { type Followed, followRestlessly, type Heard } from "./restless.js";

const realmId = "9130000000000001";
const waitMs = 240_000;
const poisoned = 2;
let programs: Programs;
let simulator: SimulatorProgram;
let gateway: GatewayProgram;
let urls: readonly string[];

beforeAll(async () => {
  programs = await buildPrograms();
  simulator = await startSimulatorProgram(programs, [{ realmId, seed: "restless", size: 1_000 }]);
  gateway = await gatewayProgram({ programs, simulator, store: "server", settings: { PROCESS_ROLE: "web" } });
  const port = String(await freePort());
  urls = [gateway.url, `http://127.0.0.1:${port}`];
  await gateway.start();
  await gateway.startAnother({ PORT: port });
}, waitMs);

afterAll(async () => {
  await gateway.remove();
  await simulator.stop();
  programs.remove();
});

const event = z.object({ cursor: z.string(), kind: z.string() });
const runEvent = event.extend({
  run: z.object({ totals: z.object({ read: z.number() }) }).nullable(),
  entity: z.object({ entity: z.string(), read: z.number() }).nullable(),
  failure: z.object({ id: z.string() }).nullable(),
});
const connectionEvent = event.extend({ syncRun: z.object({ id: z.string() }).nullable() });
const changeEvent = event.extend({ changes: z.array(z.object({ id: z.string() })) });

const runEvents = (id: string): Followed<z.infer<typeof runEvent>> => ({
  query: `subscription ($id: ID!, $after: String) { syncRunEvents(syncRunId: $id, after: $after) {
    cursor kind run { totals { read } } entity { entity read } failure { id }
  } }`,
  field: "syncRunEvents",
  variables: { id },
  event: runEvent,
});
const connectionEvents: Followed<z.infer<typeof connectionEvent>> = {
  query: "subscription ($after: String) { connectionEvents(after: $after) { cursor kind syncRun { id } } }",
  field: "connectionEvents",
  variables: {},
  event: connectionEvent,
};
const entityChanged = (id: string): Followed<z.infer<typeof changeEvent>> => ({
  query:
    "subscription ($id: ID!, $after: String) { entityChanged(connectionId: $id, after: $after) { cursor kind changes { id } } }",
  field: "entityChanged",
  variables: { id },
  event: changeEvent,
});

/** Makes records unreadable, so that there are failures to be told of; gives the id of a sound one. */
async function poisonSome(): Promise<string> {
  let left = poisoned;
  for await (const text of simulator.records("Customer")) {
    const { Id: id } = z.object({ Id: z.string() }).parse(JSON.parse(text));
    if (left === 0) return id;
    await simulator.control("POST", `companies/${realmId}/poison`, { entity: "Customer", id });
    left -= 1;
  }
  throw new Error("The company has too few customers.");
}

const expectRising = (numbers: readonly number[]): void =>
  expect(numbers).toEqual([...numbers].sort((one, other) => one - other));

const expectEachOnce = (heard: Heard<{ readonly cursor: string }>): void => {
  expect(new Set(heard.events.map(({ cursor }) => cursor)).size).toBe(heard.events.length);
  expect(heard.losses).toBeGreaterThan(0);
};

/** One more change, which tells a follower that nothing more is to come. */
async function changeCustomer(id: string, connectionId: string, token: string): Promise<void> {
  await simulator.control("DELETE", "faults");
  const edit = { kind: "change", entity: "Customer", id, fields: { DisplayName: "The last change" } };
  await simulator.control("POST", `companies/${realmId}/edits`, edit);
  await dataOf(
    gateway,
    "mutation ($id: ID!) { startSync(input: { connectionId: $id, mode: INCREMENTAL }) { userErrors { message } } }",
    { token, variables: { id: connectionId } },
  );
}

/** All changes of the feed, oldest first. */
async function feed(connectionId: string, token: string): Promise<readonly string[]> {
  const page = z.object({
    nodes: z.array(z.object({ id: z.string() })),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
  });
  const ids: string[] = [];
  for (let after: string | null | undefined; after !== null;) {
    const { entityChanges } = await dataOf(
      gateway,
      `query ($id: ID!, $after: String) { entityChanges(connectionId: $id, first: 100, after: $after) {
        nodes { id } pageInfo { hasNextPage endCursor }
      } }`,
      { token, variables: { id: connectionId, after } },
    );
    const { nodes, pageInfo } = page.parse(entityChanges);
    ids.push(...nodes.map(({ id }) => id));
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  }
  return ids;
}

const kindIs =
  (wanted: string) =>
  ({ kind }: { readonly kind: string }): boolean =>
    kind === wanted;

async function failuresOf(connectionId: string, token: string): Promise<readonly string[]> {
  const { failures } = await dataOf(
    gateway,
    "query ($id: ID!) { failures(connectionId: $id, first: 100) { nodes { id } } }",
    { token, variables: { id: connectionId } },
  );
  return z
    .object({ nodes: z.array(z.object({ id: z.string() })) })
    .parse(failures)
    .nodes.map(({ id }) => id);
}

test(
  "subscriber reconnecting during a run: sockets are lost again and again, each time another process is asked, nothing is missed and nothing comes twice",
  async () => {
    const token = await newAdmin(gateway);
    const sound = await poisonSome();
    // Some milliseconds for every answer, so that the run goes on while sockets are lost.
    await simulator.control("POST", "faults", { kind: "delay", path: "/query", delayMs: 60, times: 100_000 });
    const { connectionId, syncRunId } = await connectCompany(gateway, token);
    let joined = 0;
    let isOver = false;
    const hearing = { token, urls, onFirst: () => void (joined += 1) };
    const run = runEvents(syncRunId);
    const following = Promise.all([
      followRestlessly(run, { ...hearing, eventsPerSocket: 3, isDone: kindIs("FINISHED") }),
      followRestlessly(run, { ...hearing, eventsPerSocket: Infinity, isDone: kindIs("FINISHED") }),
      followRestlessly(connectionEvents, { ...hearing, eventsPerSocket: 1, isDone: kindIs("SYNC_FINISHED") }),
    ]);
    const watching = followRestlessly(entityChanged(connectionId), {
      ...hearing,
      eventsPerSocket: 3,
      isDone: () => isOver,
    });
    // Nobody works on the run until everybody follows.
    await until(() => joined === 4 || undefined, waitMs);
    await gateway.startAnother({ PROCESS_ROLE: "worker" });
    const [restless, steady, connection] = await following;

    expectEachOnce(restless);
    expect(restless.events.at(-1)?.kind).toBe("FINISHED");
    expect(restless.events.map(({ kind }) => kind)).not.toContain("RESYNC_REQUIRED");
    const failures = ({ events }: typeof restless) => events.flatMap(({ failure }) => failure?.id ?? []);
    expect(failures(restless)).toEqual(failures(steady));
    expect([...failures(restless)].sort()).toEqual([...(await failuresOf(connectionId, token))].sort());
    expect(failures(restless).length).toBeGreaterThanOrEqual(poisoned);
    expectRising(restless.events.flatMap(({ run: shown }) => shown?.totals.read ?? []));
    for (const name of new Set(restless.events.flatMap(({ entity }) => entity?.entity ?? [])))
      expectRising(restless.events.flatMap(({ entity }) => (entity?.entity === name ? entity.read : [])));

    expectEachOnce(connection);
    expect(connection.events.map(({ kind, syncRun }) => [kind, syncRun?.id])).toEqual([
      ["SNAPSHOT", undefined],
      ["SYNC_STARTED", syncRunId],
      ["SYNC_FINISHED", syncRunId],
    ]);

    isOver = true;
    await changeCustomer(sound, connectionId, token);
    const changes = await watching;
    expectEachOnce(changes);
    const told = changes.events.flatMap(({ changes: ofOne }) => ofOne.map(({ id }) => id));
    expect(told).toEqual(await feed(connectionId, token));
  },
  waitMs,
);
