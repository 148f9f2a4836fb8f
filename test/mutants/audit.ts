import type { Mutant } from "./mutant.js";

export const auditMutants: readonly Mutant[] = [
  {
    name: "I15: the owner of the table changes what the audit says",
    file: "prisma/migrations/20261123013934_audit_append_only/migration.sql",
    find: "BEFORE UPDATE OR DELETE OR TRUNCATE",
    replace: "BEFORE TRUNCATE",
    test: ["test/access/audit.test.ts", "an audit entry cannot be %s, not even by the owner of its table"],
  },
  {
    name: "I15: whoever switches triggers off for replication removes from the audit",
    file: "prisma/migrations/20261123013934_audit_append_only/migration.sql",
    find: "ENABLE ALWAYS TRIGGER",
    replace: "ENABLE TRIGGER",
    test: ["test/access/audit.test.ts", "an audit entry cannot be %s, not even by the owner of its table"],
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
];
