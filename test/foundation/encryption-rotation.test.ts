import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { z } from "zod";
import { createOrganizations } from "../../src/access/organizations.js";
import { randomIds } from "../../src/foundation/ids.js";
import type { KeyRing } from "../../src/foundation/encryption.js";
import { keysInUse } from "../../src/foundation/encryption/columns.js";
import { reencrypt } from "../../src/foundation/encryption/reencrypt.js";
import { lookupKeyColumn, openKeyRing } from "../../src/foundation/encryption/stored.js";
import { projectPath } from "../../src/foundation/project.js";
import { startGateway } from "../../src/gateway.js";
import { openRealm, realmLookup } from "../../src/quickbooks/realm.js";
import { createTokenStore } from "../../src/quickbooks/tokens.js";
import { readNotices } from "../../src/quickbooks/webhooks.js";
import { encryptedColumns } from "../../src/sync/encrypted-columns.js";
import { keepNotices } from "../../src/sync/inbox/keep.js";
import {
  connectCompany,
  consentAt,
  encryptionKey,
  keyRing,
  onlyCompany,
  type QuickBooksParts,
  someActor,
  startQuickBooks,
} from "../quickbooks/support.js";
import { until } from "../support/until.js";

const columns = [...encryptedColumns, lookupKeyColumn];
/** Of the notices that nobody could read there are two. */
const stored = columns.length + 1;
const old = { id: "k1", key: encryptionKey };
let newest: { readonly id: string; readonly key: Buffer };

let parts: QuickBooksParts;
let connectionId: string;
let realmId: string;

beforeAll(async () => {
  parts = await startQuickBooks();
  realmId = onlyCompany(parts.simulator);
});

afterAll(() => parts.stop());

beforeEach(async () => {
  const { database, flow } = parts;
  newest = { id: "k2", key: randomBytes(32) };
  await database.pool.query(
    "TRUNCATE connections, quickbooks_tokens, connect_attempts, quickbooks_webhook_events, gateway_facts",
  );
  const actor = someActor();
  connectionId = await connectCompany(flow, actor, realmId);
  const { authorizationUrl } = await flow.begin({ actor, returnTo: "/" });
  await flow.callback(await consentAt(authorizationUrl, { realmId }));
  const inbox = { database, keyRing, environment: "SIMULATOR", plugins: [], ids: randomIds };
  for (const body of ['{"of": "no known form"}', '{"of": "another form"}']) {
    await keepNotices(inbox, readNotices(Buffer.from(body)));
  }
  await openKeyRing(database, [old], encryptedColumns);
});

const inUse = async () => Object.fromEntries(await keysInUse(parts.database.pool, columns));
const rotate = (ring: KeyRing, portion?: number) => reencrypt(parts.database.pool, ring, columns, portion);

const column = z.object({ table: z.string(), column: z.string() });

/** Where values stand that look like encrypted ones. */
async function encryptedPlaces(): Promise<readonly string[]> {
  const { pool } = parts.database;
  const { rows } = await pool.query(
    `SELECT table_name AS table, column_name AS column FROM information_schema.columns
     WHERE table_schema = 'public' AND data_type IN ('text', 'jsonb', 'json', 'character varying')`,
  );
  const found: string[] = [];
  for (const { table, column: name } of z.array(column).parse(rows)) {
    const held = await pool.query(
      `SELECT 1 FROM "${table}" WHERE "${name}"::text ~ 'v1[.][^.]+[.][-_A-Za-z0-9]{16}[.]'`,
    );
    if (held.rows.length > 0) found.push(`${table}.${name}`);
  }
  return found.sort();
}

test("every value that is encrypted stands where a rotation looks for it", async () => {
  expect(await encryptedPlaces()).toEqual(columns.map(({ table, column: name }) => `${table}.${name}`).sort());
});

test("a rotation encrypts all anew, portion by portion; then the old key is not needed, and nothing is lost or found otherwise", async () => {
  const before = await inUse();
  const { token } = await parts.tokens.accessToken(connectionId);
  const ring = await openKeyRing(parts.database, [newest, old], encryptedColumns);
  expect(before).toEqual({ k1: stored });
  expect(await rotate(ring, 1)).toEqual({ values: stored, problems: [] });
  expect(await inUse()).toEqual({ k2: stored });
  expect(await rotate(ring)).toEqual({ values: 0, problems: [] });

  const alone = await openKeyRing(parts.database, [newest], encryptedColumns);
  const { database } = parts;
  const row = await database.prisma.connection.findUniqueOrThrow({ where: { id: connectionId } });
  expect(openRealm(alone, row)).toBe(realmId);
  expect(realmLookup(alone, "SIMULATOR", realmId)).toBe(row.realmLookup);
  const tokens = createTokenStore({ ...parts.flowOptions, keyRing: alone, oauth: parts.oauth });
  expect((await tokens.accessToken(connectionId)).token).toBe(token);
});

test("what a process writes during a rotation stays as it wrote it", async () => {
  const { pool } = parts.database;
  const ring = await openKeyRing(parts.database, [newest, old], encryptedColumns);
  const place = `quickbooks_tokens|${connectionId}|access_token`;
  const refreshing = await pool.connect();
  await refreshing.query("BEGIN");
  await refreshing.query("UPDATE quickbooks_tokens SET access_token = $1", [ring.encrypt("refreshed", place)]);
  const rotating = rotate(ring);
  await until(async () => {
    const waiting = await pool.query(
      "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'UPDATE%'",
    );
    return waiting.rows.length > 0 ? true : undefined;
  });
  await refreshing.query("COMMIT");
  refreshing.release();
  expect((await rotating).values).toBe(stored - 1);
  const { accessToken } = await parts.database.prisma.quickBooksToken.findUniqueOrThrow({ where: { connectionId } });
  expect(ring.decrypt(accessToken, place)).toBe("refreshed");
});

test("a value that cannot be read is told by its place, and costs the others nothing", async () => {
  await parts.database.pool.query("UPDATE quickbooks_tokens SET access_token = access_token || 'AAAA'");
  const ring = await openKeyRing(parts.database, [newest, old], encryptedColumns);
  const { values, problems } = await rotate(ring);
  expect(values).toBe(stored - 1);
  expect(problems).toEqual([expect.stringContaining(`quickbooks_tokens|${connectionId}|access_token`)]);
});

test("the gateway does not start without a key that is in use, and says which, and for how many values", async () => {
  const { database, log, settings } = parts;
  const gateway = startGateway({
    ...{ database, log, clock: parts.clock, ids: randomIds },
    settings: {
      ...{ mode: "configured", port: 0, host: "127.0.0.1", publicUrl: "http://127.0.0.1:1", allowedOrigins: [] },
      ...{ trustProxy: false, databaseUrl: database.url, dataDir: ".", role: "all", logLevel: "silent" },
      encryptionKeys: [newest],
      auth: { secret: randomBytes(36).toString("base64"), autoProvision: "none" },
      quickbooks: { ...settings.quickbooks, webhookVerifierTokens: ["a-verifier-token"] },
    },
  });
  await expect(gateway).rejects.toThrow(`ENCRYPTION_KEYS lacks the key "k1", which encrypted ${stored} stored`);
});

interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function operate(keys: readonly (typeof newest)[], ...args: readonly string[]): Promise<Answer> {
  const { PATH } = process.env;
  const ENCRYPTION_KEYS = keys.map(({ id, key }) => `${id}:${key.toString("base64")}`).join(",");
  const env = { PATH, DATABASE_URL: parts.database.url, ...(keys.length > 0 && { ENCRYPTION_KEYS }) };
  const program = ["--import", "tsx", "src/cli.ts", ...args];
  return new Promise((resolve) => {
    const child = execFile(process.execPath, program, { cwd: projectPath(), env }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr });
    });
  });
}

test("an operator sees which keys are in use, and rotates them; each organization's audit tells of it", async () => {
  const { database, clock } = parts;
  const operator = { kind: "SYSTEM", name: "operator" } as const;
  const organizations = createOrganizations({ database, clock, ids: randomIds });
  const { organization } = await organizations.create(operator, { name: "Firm", admin: { subject: "ada" } });
  await rotate(await openKeyRing(database, [newest, old], encryptedColumns));
  const next = { id: "k3", key: randomBytes(32) };
  const count = String(stored);
  expect((await operate([], "encryption", "status")).stdout).toBe(`k2  ${count}\n`);
  expect(await operate([], "encryption", "rotate")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("not set"),
  });
  expect(await operate([next], "encryption", "rotate")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('lacks the key "k2"'),
  });
  expect(await operate([next, newest], "encryption", "rotate")).toEqual({
    code: 0,
    stderr: "",
    stdout: expect.stringMatching(new RegExp(`^${count} values .*"k3".*\n.*can be dropped`)),
  });
  expect(await inUse()).toEqual({ k3: stored });
  const entries = await database.prisma.auditEntry.findMany({ where: { action: "encryption.rotate" } });
  expect(entries).toMatchObject([
    { organizationId: organization.id, actorName: "operator", after: { key: "k3", values: stored } },
  ]);
});
