import type { Mutant } from "./mutant.js";

export const auditMutants: readonly Mutant[] = [
  {
    name: "I15: the owner of the table removes from the audit",
    file: "prisma/migrations/20261123053000_erasures/migration.sql",
    find: "BEFORE DELETE OR TRUNCATE",
    replace: "BEFORE TRUNCATE",
    test: ["test/access/audit.test.ts", "an audit entry cannot be %s, not even by the owner of its table"],
  },
  {
    name: "I15: the owner of the table changes what the audit says",
    file: "prisma/migrations/20261123053000_erasures/migration.sql",
    find: "  RAISE EXCEPTION 'Audit entries",
    replace: "  RETURN NEW;\n  RAISE EXCEPTION 'Audit entries",
    test: ["test/access/audit.test.ts", "an audit entry cannot be %s, not even by the owner of its table"],
  },
  {
    name: "I15: whoever switches triggers off for replication removes from the audit",
    file: "prisma/migrations/20261123053000_erasures/migration.sql",
    find: "ENABLE ALWAYS TRIGGER audit_entries_append_only",
    replace: "ENABLE TRIGGER audit_entries_append_only",
    test: ["test/access/audit.test.ts", "an audit entry cannot be %s, not even by the owner of its table"],
  },
  {
    name: "I15: an erasure changes who did it",
    file: "prisma/migrations/20261123053000_erasures/migration.sql",
    find: "\n    AND to_jsonb(NEW) - erasable = to_jsonb(OLD) - erasable",
    replace: "",
    test: [
      "test/access/audit.test.ts",
      "an erasure empties the values of an entry that has a key, once, and changes nothing else of it",
    ],
  },
  {
    name: "I15: what was erased from the audit is written again",
    file: "prisma/migrations/20261123053000_erasures/migration.sql",
    find: "OLD.erasure_key IS NOT NULL AND OLD.erased_at IS NULL\n",
    replace: "OLD.erasure_key IS NOT NULL\n",
    test: [
      "test/access/audit.test.ts",
      "an erasure empties the values of an entry that has a key, once, and changes nothing else of it",
    ],
  },
  {
    name: "I10: the audit of every organization is listed",
    file: "src/schema/audit/audit-entries.ts",
    find: "{ AND: [{ organizationId: actorOf(context).organizationId }, asked] }",
    replace: "{ AND: [actorOf(context) && {}, asked] }",
    test: [
      "test/schema/audit.test.ts",
      "the audit of an organization is its ADMINs' alone: no other organization's, no lower role's",
    ],
  },
  {
    name: "I10: another organization's audit entry is found by its id",
    file: "src/schema/loaders.ts",
    find: "prisma.auditEntry.findMany({ where: { id: { in: keys }, ...own } })",
    replace: "prisma.auditEntry.findMany({ where: { id: { in: keys } } })",
    test: [
      "test/schema/audit.test.ts",
      "the audit of an organization is its ADMINs' alone: no other organization's, no lower role's",
    ],
  },
  {
    name: "I15: an OPERATOR reads the audit by an entry's id",
    file: "src/schema/audit/may-read-audit.ts",
    find: '"ADMIN"',
    replace: '"OPERATOR"',
    test: [
      "test/schema/audit.test.ts",
      "the audit of an organization is its ADMINs' alone: no other organization's, no lower role's",
    ],
  },
  {
    name: "I15: entries of one instant are left out between pages of the audit",
    file: "src/schema/audit/audit-entries.ts",
    find: "{ at: place.at, id: { lt: place.id } }",
    replace: "{ at: place.at, id: { lt: place.id.slice(0, 1) + place.id.slice(1).replace(/[\\da-f]/g, '0') } }",
    test: [
      "test/schema/audit.test.ts",
      "the audit is paged by keyset: entries of one instant once each, and an entry that comes meanwhile moves nothing",
    ],
  },
  {
    name: "I15: a completed connection is audited without Intuit's transaction",
    file: "src/quickbooks/completion.ts",
    find: "intuitTid: tokens.intuitTid,",
    replace: "",
    test: ["test/quickbooks/connect.test.ts", "a company is connected by consent, callback and completion"],
  },
  {
    name: "I15: what Intuit revoked is not audited",
    file: "src/quickbooks/revoke.ts",
    find: "if (revoked === undefined) return;",
    replace: "if (revoked !== null) return;",
    test: ["test/quickbooks/connect.test.ts", "disconnecting forgets and revokes the tokens, and is audited once"],
  },
  {
    name: "I15: a push is audited without Intuit's transaction",
    file: "src/sync/push/held.ts",
    find: "operation: change.operation },\n    intuitTid,",
    replace: "operation: change.operation },\n    intuitTid: intuitTid && undefined,",
    test: ["test/push/landing.test.ts", "every push is in the audit, with Intuit's transaction id"],
  },
  {
    name: "I15: records that are read again for somebody leave no entry",
    file: "src/sync/recovery/recovery.ts",
    find: '"record.resync"',
    replace: '"syncRun.start"',
    test: [
      "test/schema/audit-mutations.test.ts",
      "every mutation leaves an entry in the audit: who did it, by which request, and to what",
    ],
  },
  {
    name: "I15: trying a company leaves no entry",
    file: "src/schema/audit/tried.ts",
    find: "await services.database.transaction((client) =>",
    replace: "await ((_: (client: import('pg').PoolClient) => Promise<void>) => Promise.resolve())((client) =>",
    test: [
      "test/schema/audit-mutations.test.ts",
      "every mutation leaves an entry in the audit: who did it, by which request, and to what",
    ],
  },
  {
    name: "a call of the OAuth services that fails is no line of the log",
    file: "src/quickbooks/call-log.ts",
    find: "tell(told.ofError(error));",
    replace: "",
    test: [
      "test/quickbooks/oauth.test.ts",
      "every call of the OAuth services is one line of the log: connection, path, status, duration, transaction, and no secret",
    ],
  },
  {
    name: "calls of the API are lines of the log only where somebody looks for faults",
    file: "src/quickbooks/client.ts",
    find: "log.info(call, callMessage)",
    replace: "log.info({}, callMessage)",
    test: ["test/quickbooks/client.test.ts", "every call is reported and logged without ids, values or tokens"],
  },
  {
    name: "a VIEWER sees raw records",
    file: "src/schema/mirror/select.ts",
    find: 'selected.has("raw") && this.options.maySeePayloads',
    replace: 'selected.has("raw")',
    test: ["test/schema/payloads.test.ts", "a VIEWER is given nothing of %s, and who may see it is"],
  },
  {
    name: "a VIEWER sees values of edits and conflicts as data",
    file: "src/schema/edits/field-value.ts",
    find: "maySeePayloads(actorOf(context)) ?",
    replace: "(maySeePayloads(actorOf(context)) || true) ?",
    test: ["test/schema/payloads.test.ts", "a VIEWER is given nothing of %s, and who may see it is"],
  },
  {
    name: "the rule for payloads lets every role see them",
    file: "src/access/payloads.ts",
    find: '"OPERATOR"',
    replace: '"VIEWER"',
    test: ["test/schema/payloads.test.ts", "a VIEWER is given nothing of %s, and who may see it is"],
  },
  {
    name: "a new field that holds data as it came is noticed by nobody",
    file: "schema.graphql",
    find: "type FieldValue {",
    replace: "type FieldValue {\n  unseen: JSON",
    test: ["test/schema/payloads.test.ts", "every field that holds a payload is one that this file knows"],
  },
  {
    name: "a body about several companies is kept whole with each of its notices",
    file: "src/quickbooks/webhooks.ts",
    find: "if (Array.isArray(parsed)) return join(parsed.map(readCloudNotice));",
    replace:
      "if (Array.isArray(parsed)) return { ...join(parsed.map(readCloudNotice)), read: join(parsed.map(readCloudNotice)).read.map((notice) => ({ ...notice, payload: text })) };",
    test: [
      "test/schema/payloads.test.ts",
      "of a %s body about several companies each organization is served its own notices, and nobody the whole",
    ],
  },
  {
    name: "I15: an entry does not tell by which request somebody did it",
    file: "src/schema/context.ts",
    find: "return { ...actor, requestId };",
    replace: "return requestId === undefined ? { ...actor, requestId } : actor;",
    test: [
      "test/schema/audit-mutations.test.ts",
      "every mutation leaves an entry in the audit: who did it, by which request, and to what",
    ],
  },
  {
    name: "what the audit tells of a record's values is found by no erasure",
    file: "src/access/audit.ts",
    find: "(SELECT record_id FROM local_changes WHERE id = $9::text::uuid)",
    replace: "NULL::uuid",
    test: [
      "test/schema/audit-mutations.test.ts",
      "what tells of a member, or of a record's values, is found by it when they are erased",
    ],
  },
  {
    name: "I15: an authorization that is lost leaves no entry",
    file: "src/quickbooks/tokens.ts",
    find: "await auditLostAuthorization(tx, lost);",
    replace: "await Promise.resolve(auditLostAuthorization);",
    test: [
      "test/quickbooks/tokens.test.ts",
      "a refresh that Intuit refuses for good asks for a new authorization, and tells of it once, the audit too",
    ],
  },
  {
    name: "I15: another life of a company leaves no entry",
    file: "src/sync/new-life.ts",
    find: "  await auditLife(client, { connectionId, organizationId, epoch }, { epoch: connection.epoch, createdAt });\n",
    replace: "  await Promise.resolve(auditLife);\n",
    test: [
      "test/sync/company-reset.test.ts",
      "company reset: a full sync recognises it by CompanyInfo, before it reads anything else",
    ],
  },
];
