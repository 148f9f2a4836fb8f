import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import WebSocket from "ws";
import { z } from "zod";
import { readRunView } from "../../src/sync/progress.js";
import { connectionStream, runStream } from "../../src/sync/run-view.js";
import { until } from "../support/until.js";
import { connectCompany } from "./client.js";
import { type Firm, type Gateway, startGateway } from "./gateway.js";

let gateway: Gateway;
let firm: Firm;
/** Ids as the API has them, and our own. */
let connectionId: string;
let syncRunId: string;
let ownConnectionId: string;
let ownRunId: string;

const events = 500;
/** Events that are written at once: fewer than may wait for a follower. */
const batch = 100;
const waitMs = 60_000;
const testMs = 120_000;

beforeAll(async () => {
  gateway = await startGateway();
  firm = await gateway.newFirm();
  ({ connectionId, syncRunId } = await connectCompany(gateway, await firm.token("ADMIN")));
  const { prisma, pool } = gateway.database;
  ownRunId = (await prisma.syncRun.findFirstOrThrow()).id;
  ownConnectionId = (await prisma.connection.findFirstOrThrow()).id;
  // Answers large enough to fill what lies between the gateway and a client that does not read.
  await pool.query("UPDATE connections SET company_name = repeat('x', 4000)");
});

afterAll(() => gateway.stop());

/** The same large field under so many names. */
const large = (field: string): string => Array.from({ length: 25 }, (_, index) => `n${index}: ${field}`).join(" ");

const message = z.object({ type: z.string(), payload: z.unknown().optional() });
const next = z.object({ data: z.record(z.string(), z.object({ kind: z.string() })) });

interface Follower {
  readonly socket: WebSocket;
  /** The kinds of events, and "complete". */
  readonly heard: string[];
}

async function follow(query: string): Promise<Follower> {
  const socket = new WebSocket(`${gateway.url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
  const heard: string[] = [];
  socket.on("message", (text: Buffer) => {
    const { type, payload } = message.parse(JSON.parse(text.toString("utf8")));
    if (type === "next") heard.push(...Object.values(next.parse(payload).data).map(({ kind }) => kind));
    if (type === "complete") heard.push(type);
  });
  await once(socket, "open");
  const authorization = `Bearer ${await firm.token("VIEWER")}`;
  socket.send(JSON.stringify({ type: "connection_init", payload: { authorization } }));
  await once(socket, "message");
  socket.send(JSON.stringify({ type: "subscribe", id: "1", payload: { query } }));
  await until(() => heard[0]);
  return { socket, heard };
}

/** One follower that does not read, and one that does; once everything is written, the other reads on to its end. */
async function withPaused(
  query: string,
  write: (quick: Follower) => Promise<void>,
): Promise<readonly [slow: Follower, quick: Follower]> {
  const [slow, quick] = await Promise.all([follow(query), follow(query)]);
  slow.socket.pause();
  await write(quick);
  expect(slow.heard).toEqual(["SNAPSHOT"]);
  slow.socket.resume();
  await until(() => slow.heard.at(-1) === "complete" || undefined, waitMs);
  for (const { socket } of [slow, quick]) socket.close();
  return [slow, quick];
}

/** Writes no faster than who reads can follow; `statement` writes $1 events. */
const writeFor =
  (statement: string, ...values: readonly string[]) =>
  async ({ heard }: Follower): Promise<void> => {
    for (let written = batch; written <= events; written += batch) {
      await gateway.database.pool.query(statement, [batch, ...values]);
      await until(() => heard.length === written + 1 || undefined, waitMs);
    }
  };

/** Who is told to begin again can do so. */
async function expectNewStart({ heard }: Follower, query: string): Promise<void> {
  expect(heard.at(-2)).toBe("RESYNC_REQUIRED");
  expect(heard.length).toBeLessThan(events);
  const again = await follow(query);
  expect(again.heard).toEqual(["SNAPSHOT"]);
  again.socket.close();
}

test(
  "a paused WebSocket client that follows connections harms nobody, and is told to begin again when it reads on",
  async () => {
    const query = `subscription { connectionEvents { kind connections { ${large("companyName")} } } }`;
    const write = writeFor(
      "SELECT append_event($2, 'CHANGED', $3::jsonb) FROM generate_series(1, $1)",
      connectionStream(firm.organizationId),
      JSON.stringify({ connectionId: ownConnectionId }),
    );
    const [slow, quick] = await withPaused(query, write);
    expect(quick.heard).toHaveLength(events + 1);
    await expectNewStart(slow, query);
  },
  testMs,
);

test(
  "a paused WebSocket client that follows changes harms nobody, and is told to begin again when it reads on",
  async () => {
    const query = `subscription { entityChanged(connectionId: "${connectionId}") { kind changes { connection { ${large("companyName")} } } } }`;
    const write = writeFor(
      "SELECT append_changes($2::uuid, 'Item', $3::jsonb) FROM generate_series(1, $1)",
      ownConnectionId,
      JSON.stringify([{ recordId: ownRunId, kind: "UPDATED", version: 2 }]),
    );
    const [slow, quick] = await withPaused(query, write);
    expect(quick.heard).toHaveLength(events + 1);
    await expectNewStart(slow, query);
  },
  testMs,
);

test(
  "a paused WebSocket client that follows a run catches up: the latest progress, every failure, and the end",
  async () => {
    const { pool } = gateway.database;
    const query = `subscription { syncRunEvents(syncRunId: "${syncRunId}") { kind run { ${large("connection { companyName }")} } } }`;
    const write = async ({ heard }: Follower): Promise<void> => {
      const data = JSON.stringify({ run: await readRunView(pool, ownRunId), entity: "Item" });
      const kind = "CASE n % 100 WHEN 0 THEN 'FAILURE' ELSE 'PROGRESS' END";
      await pool.query(`SELECT append_event($1, ${kind}, $2::jsonb) FROM generate_series(1, ${events}) n`, [
        runStream(ownRunId),
        data,
      ]);
      await pool.query("UPDATE quickbooks_syncs SET status = 'SUCCEEDED', finished_at = now() WHERE id = $1", [
        ownRunId,
      ]);
      const run = await readRunView(pool, ownRunId);
      await gateway.database.transaction((client) =>
        gateway.streams.append(client, runStream(ownRunId), "FINISHED", { run }),
      );
      await until(() => heard.at(-1) === "complete" || undefined, waitMs);
    };
    const [slow, quick] = await withPaused(query, write);
    for (const { heard } of [slow, quick]) {
      expect(heard.filter((kind) => kind === "FAILURE")).toHaveLength(5);
      expect(heard.slice(-2)).toEqual(["FINISHED", "complete"]);
    }
    expect(slow.heard.length).toBeLessThan(events);
  },
  testMs,
);
