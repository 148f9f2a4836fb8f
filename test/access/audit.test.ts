import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { emptyAudited, writeAudit } from "../../src/access/audit.js";
import { openDatabase, type Database } from "../../src/foundation/database/database.js";
import { newId } from "../../src/foundation/ids.js";
import { createLog } from "../../src/foundation/log.js";
import { freshDatabase, type FreshDatabase } from "../support/database.js";

let fresh: FreshDatabase;
let database: Database;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = openDatabase(fresh.url, { log: createLog({ level: "silent" }) });
});

afterAll(async () => {
  await database.close();
  await fresh.drop();
});

test.each([
  ["changed", "UPDATE audit_entries SET actor_name = 'somebody else'"],
  ["emptied", "UPDATE audit_entries SET before = NULL, after = NULL"],
  ["removed", "DELETE FROM audit_entries"],
  ["cleared away", "TRUNCATE audit_entries"],
  [
    "removed while triggers are off for replication",
    "SET session_replication_role = replica; DELETE FROM audit_entries",
  ],
])("an audit entry cannot be %s, not even by the owner of its table", async (_name, statement) => {
  const organizationId = newId();
  const entry = { organizationId, action: "member.add", subjectType: "Member", after: { role: "ADMIN" } } as const;
  await database.transaction((client) => writeAudit(client, { ...entry, actor: { kind: "SYSTEM", name: "operator" } }));
  const before = await database.prisma.auditEntry.findMany();
  await expect(database.transaction((client) => client.query(statement))).rejects.toThrow(
    "Audit entries are never changed or removed",
  );
  expect(await database.prisma.auditEntry.findMany()).toEqual(before);
});

test("an erasure empties the values of an entry that has a key, once, and changes nothing else of it", async () => {
  const [organizationId, erasureKey] = [newId(), newId()];
  const entry = { organizationId, action: "member.add", subjectType: "Member", subjectId: erasureKey } as const;
  const actor = { kind: "SYSTEM", name: "operator" } as const;
  await database.transaction((client) => writeAudit(client, { ...entry, actor, after: { name: "Ada" } }));
  const where = { erasureKey };
  const before = await database.prisma.auditEntry.findFirstOrThrow({ where });
  const change = (assignments: string) =>
    database.pool.query(`UPDATE audit_entries SET ${assignments} WHERE erasure_key = $1`, [erasureKey]);
  for (const refused of [
    "erased_at = now()",
    "before = NULL, after = NULL",
    `after = '{"name": "Eve"}', erased_at = now()`,
    "before = NULL, after = NULL, erased_at = now(), actor_name = 'somebody else'",
  ]) {
    await expect(change(refused)).rejects.toThrow("Audit entries are never changed or removed");
  }
  await emptyAudited(database.pool, [erasureKey]);
  const after = await database.prisma.auditEntry.findFirstOrThrow({ where });
  expect(after).toEqual({ ...before, before: null, after: null, erasedAt: after.erasedAt });
  expect(after.erasedAt).not.toBeNull();
  await expect(change("erased_at = NULL")).rejects.toThrow("Audit entries are never changed or removed");
  await expect(change("erased_at = now()")).rejects.toThrow("Audit entries are never changed or removed");
});
