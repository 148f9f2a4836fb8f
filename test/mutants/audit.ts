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
];
