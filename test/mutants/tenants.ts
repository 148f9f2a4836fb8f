import type { Mutant } from "./mutant.js";

export const tenantMutants: readonly Mutant[] = [
  {
    name: "I10: another organization's run is found by its id",
    file: "src/schema/loaders.ts",
    find: "prisma.syncRun.findMany({ where: { id: { in: keys }, ...(await below()) } })",
    replace: "prisma.syncRun.findMany({ where: { id: { in: keys } } })",
    test: [
      "test/schema/sync-runs.test.ts",
      "ids of another organization are NOT_FOUND in mutations and null in queries, like ids of nothing",
    ],
  },
  {
    name: "I10: another organization's connection is found by its id",
    file: "src/schema/loaders.ts",
    find: "prisma.connection.findMany({ where: { AND: [{ id: { in: keys } }, reached] } })",
    replace: "prisma.connection.findMany({ where: { id: { in: keys } } })",
    test: [
      "test/schema/connections.test.ts",
      "whatever has an id can be asked for by it, in order, with null for what is not there or not ours",
    ],
  },
  {
    name: "I10: events of all organizations are one stream",
    file: "src/sync/run-view.ts",
    find: "`connections:${organizationId}`",
    replace: "`connections:${organizationId.slice(36)}`",
    test: [
      "test/schema/events.test.ts",
      "each event of a connection shows it as it then stands, and those of other organizations are never seen",
    ],
  },
  {
    name: "I10: a member of one organization acts in another",
    file: "src/access/authentication.ts",
    find: "WHERE organization_id = $1 AND subject = $2",
    replace: "WHERE $1::uuid IS NOT NULL AND subject = $2",
    test: ["test/access/authentication.test.ts", "a member of one organization is nobody in another"],
  },
  {
    name: "I15: what an actor did is not audited",
    file: "src/access/audit.ts",
    find: 'if ("query" in transaction) await transaction.query(insert, values);',
    replace: 'if ("query" in transaction) return;',
    test: [
      "test/access/organizations.test.ts",
      "an audit entry shares the fate of its transaction, by Prisma and by a plain client, and loses secrets",
    ],
  },
  {
    name: "Security: a token's role is believed beyond the member's",
    file: "src/access/authentication.ts",
    find: "role: lowerRole(role, claims.role),",
    replace: "role: claims.role,",
    test: ["test/access/authentication.test.ts", "the role is the lower of the stored and the claimed"],
  },
];
