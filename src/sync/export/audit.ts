import { jsonRow, literal, named } from "../read/statement.js";
import type { Column } from "./csv.js";
import { globalId, globalIdOf, type ExportTable } from "./table.js";

/** The entries of one organization's audit, from the first on, with the fields and names they have in GraphQL. */
export function auditTable(organizationId: string): ExportTable {
  const fields: Readonly<Record<string, string>> = {
    id: globalIdOf("AuditEntry", "e.id"),
    at: "e.at",
    actorKind: "e.actor_kind",
    actorId: globalId("CASE e.actor_kind WHEN 'API_KEY' THEN 'ApiKey' ELSE 'Member' END", "e.actor_id"),
    actorName: "e.actor_name",
    action: "e.action",
    subjectType: "e.subject_type",
    subjectId: globalId("e.subject_type", "e.subject_id"),
    before: "e.before",
    after: "e.after",
    intuitTid: "e.intuit_tid",
    requestId: "e.request_id",
  };
  const columns = [
    named(literal("AuditEntry"), "__typename"),
    ...Object.entries(fields).map(([name, value]) => named(value, name)),
  ];
  return {
    type: "AuditEntry",
    name: "audit",
    text: `SELECT ${jsonRow(columns)}::text AS record FROM audit_entries e WHERE e.organization_id = $1 ORDER BY e.at, e.id`,
    values: [organizationId],
    columns: Object.keys(fields).map((name): Column => ({ name, isTyped: true, valueOf: (row) => row[name] })),
    lists: [],
  };
}
