import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { mintToken } from "../../src/access/tokens.js";
import { systemClock } from "../../src/foundation/clock.js";
import { dataOf, socketClient } from "../http/client.js";
import { type FreshDatabase, freshDatabase } from "../support/database.js";
import { buildPrograms, freePort, Program, programFile, type Programs } from "../support/program.js";
import { until } from "../support/until.js";

const waitMs = 60_000;
let programs: Programs;
let database: FreshDatabase;
let dataDir: string;
let demo: Program;
let url: string;
let token: string;
let connectionId: string;

beforeAll(async () => {
  [programs, database] = await Promise.all([buildPrograms(), freshDatabase()]);
  dataDir = mkdtempSync(join(tmpdir(), "gateway-demo-"));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const env = { DEMO: "true", PORT: String(port), DATA_DIR: dataDir, DATABASE_URL: database.url };
  demo = new Program([...programs.flags, programFile(programs, "src/server")], env);
  const code = await until(() => {
    if (demo.hasEnded) throw new Error(`The demo did not start: ${demo.output}`);
    return /#code=(\S+)/.exec(demo.output)?.[1];
  }, waitMs);
  const signedIn = await ask("POST", "/demo/sign-in", { body: { code } });
  ({ token } = z.object({ token: z.string() }).parse(signedIn.body));
  connectionId = await until(mirrored, waitMs);
}, 120_000);

afterAll(async () => {
  await demo.stop();
  await database.drop();
  programs.remove();
  rmSync(dataDir, { recursive: true, force: true });
});

interface Asking {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One request, with any Host that is asked for; gives the status and what JSON came back. */
async function ask(
  method: string,
  path: string,
  { body, headers }: Asking = {},
): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}${path}`, { method, headers: { "content-type": "application/json", ...headers } });
    sent.on("error", reject).on("response", (response) => {
      const chunks: Buffer[] = [];
      response
        .on("data", (chunk: Buffer) => chunks.push(chunk))
        .on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          resolve({ status: response.statusCode ?? 0, body: text === "" ? undefined : (JSON.parse(text) as unknown) });
        });
    });
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const control = (method: string, path: string, body?: unknown, authorization = `Bearer ${token}`) =>
  ask(method, `/demo/control${path}`, { ...(body !== undefined && { body }), headers: { authorization } });

/** The demo's connection, once its first sync has ended. */
async function mirrored(): Promise<string | undefined> {
  const { connections } = await dataOf(
    { url },
    "{ connections(first: 1) { nodes { id lastSyncAt currentRun { id } } } }",
    { token },
  );
  const [connection] = z
    .object({ nodes: z.array(z.object({ id: z.string(), lastSyncAt: z.string().nullable() })) })
    .parse(connections).nodes;
  return connection?.lastSyncAt == null ? undefined : connection.id;
}

const change = z.object({ entity: z.string(), kind: z.string(), recordId: z.string() });
const changed = z.object({ entityChanged: z.object({ kind: z.string(), changes: z.array(change) }) });
const result = z.object({ value: z.object({ data: changed }) });
const anInvoice = z.object({ nodes: z.array(z.object({ id: z.string(), quickbooksId: z.string() })) });
const state = z.object({ companies: z.array(z.object({ realmId: z.string() })) });

test(
  "an edit made in the demo's QuickBooks shows live within seconds",
  async () => {
    const { invoices } = await dataOf(
      { url },
      "query ($c: ID!) { invoices(connectionId: $c, first: 1, filter: { state: { eq: ACTIVE } }) { nodes { id quickbooksId } } }",
      { token, variables: { c: connectionId } },
    );
    const [invoice] = anInvoice.parse(invoices).nodes;
    const realmId = state.parse((await control("GET", "/state")).body).companies[0]?.realmId ?? "";
    const client = socketClient({ url }, token);
    const events = client.iterate({
      query:
        "subscription ($c: ID!) { entityChanged(connectionId: $c, entities: [INVOICE]) { kind changes { entity kind recordId } } }",
      variables: { c: connectionId },
    });
    expect(result.parse(await events.next()).value.data.entityChanged.kind).toBe("SNAPSHOT");
    const edit = { kind: "change", entity: "Invoice", id: invoice?.quickbooksId, fields: { PrivateNote: "Seen live" } };
    const editedAt = performance.now();
    expect(await control("POST", `/companies/${realmId}/edits`, edit)).toMatchObject({ status: 200 });
    const { kind, changes } = result.parse(await events.next()).value.data.entityChanged;
    expect({ kind, changes }).toEqual({
      kind: "CHANGED",
      changes: [{ entity: "INVOICE", kind: "UPDATED", recordId: invoice?.id }],
    });
    expect(performance.now() - editedAt).toBeLessThan(10_000);
    await client.dispose();
  },
  waitMs,
);

test("the demo's QuickBooks is changed by signed-in admins alone, from this machine alone, and its token stays inside", async () => {
  const secrets = z
    .object({ authSecret: z.string(), controlToken: z.string() })
    .parse(JSON.parse(readFileSync(join(dataDir, "demo.json"), "utf8")));
  const { org } = z
    .object({ org: z.string() })
    .parse(JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()));
  const viewer = await mintToken(
    { secret: secrets.authSecret, autoProvision: "none" },
    { subject: "demo", organizationId: org, role: "VIEWER", expiresAt: new Date(Date.now() + 60_000) },
    systemClock,
  );
  expect(await ask("GET", "/demo/control/state")).toMatchObject({ status: 401 });
  expect(await control("GET", "/state", undefined, `Bearer ${secrets.controlToken}`)).toMatchObject({ status: 401 });
  expect(await control("GET", "/state", undefined, `Bearer ${viewer}`)).toMatchObject({ status: 403 });
  const authorization = `Bearer ${token}`;
  expect(await ask("GET", "/demo/control/state", { headers: { authorization, host: "evil.example" } })).toMatchObject({
    status: 403,
  });
  for (const path of ["/webhooks", "/webhooks/log", "/requests", "/state/../webhooks", "/state/%2e%2e/webhooks"])
    expect(await control("GET", path)).toMatchObject({ status: 404 });
  expect(await control("GET", "/state")).toMatchObject({ status: 200 });
  expect(demo.output).not.toContain(secrets.controlToken);
});

test("what the demo's QuickBooks refuses is told with its reason", async () => {
  const { companies } = state.parse((await control("GET", "/state")).body);
  expect(
    await control("POST", `/companies/${companies[0]?.realmId}/edits`, { kind: "explode", entity: "Invoice" }),
  ).toEqual({
    status: 400,
    body: { error: expect.stringContaining("kind") },
  });
});
