import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { writeAudit } from "../../src/access/audit.js";
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
