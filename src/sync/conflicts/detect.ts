import type { PoolClient } from "pg";
import { z } from "zod";
import { writeAudit } from "../../access/audit.js";
import { parseExact } from "../../foundation/json.js";
import type { EventSink } from "../../foundation/streams.js";
import type { EntityPlugin } from "../../plugins/plugin.js";
import { isLocalId, type Edits, type LocalChange } from "../local-changes/local-change.js";
import { lockOpenChanges, readRecord, saveChange } from "../local-changes/rows.js";
import { editableValues } from "../local-changes/values.js";
import type { MirrorOf } from "../store/store.js";
import { compareAll } from "./compare-all.js";
import type { Comparison, Decision } from "./compare.js";
import {
  asksTheSame,
  keepConflict,
  lockActive,
  openConflict,
  renewConflict,
  supersede,
  type Conflict,
  type ConflictWriting,
} from "./conflict.js";
import { policiesFor, policyRules, type PolicyOf } from "./policy.js";

/** The name by which policies act in the audit. */
export const policyActor = { kind: "SYSTEM", name: "Conflict policy" } as const;

/**
 * I9: compares what waits of these records' local changes with what the mirror holds of them now, in the caller's transaction, which
 * has locked the records. To be called after every newer content or removal, after a change of them was settled, and whenever one
 * that did not wait waits again (a rejected one that is retried). Where nothing waits it costs one indexed query.
 *
 * While the fate of a change is unknown its record is not compared: what it shows may be that change's own doing.
 */
export async function compareRecords(
  client: PoolClient,
  { streams }: { readonly streams: EventSink },
  { connectionId }: MirrorOf,
  plugin: EntityPlugin,
  recordIds: readonly string[],
): Promise<{ readonly conflicted: number }> {
  const open = await lockOpenChanges(client, recordIds);
  const inFlight = new Set(open.filter(isInFlight).map(({ recordId }) => recordId));
  const waiting = open.filter(({ status, recordId }) => status !== "REJECTED" && !inFlight.has(recordId));
  if (waiting.length === 0) return { conflicted: 0 };
  const { organizationId, policies } = await readConnection(client, connectionId);
  const policyOf = policiesFor(plugin.name, policies);
  const writing = { client, streams, organizationId };
  const conflicts = await lockActive(
    client,
    waiting.map(({ id }) => id),
  );
  let conflicted = 0;
  for (const recordId of new Set(waiting.map((change) => change.recordId))) {
    const changes = waiting.filter((change) => change.recordId === recordId);
    conflicted += await compareRecord(writing, plugin, { changes, conflicts, policyOf });
  }
  return { conflicted };
}

interface Waiting {
  readonly changes: readonly LocalChange[];
  readonly conflicts: readonly Conflict[];
  readonly policyOf: PolicyOf;
}

async function compareRecord(
  writing: ConflictWriting,
  plugin: EntityPlugin,
  { changes, conflicts, policyOf }: Waiting,
): Promise<number> {
  const record = await readRecord(writing.client, plugin, changes[0]?.recordId ?? "");
  // What QuickBooks does not have yet cannot differ there.
  if (record === undefined || isLocalId(record.quickbooksId)) return 0;
  const now = { state: record.state, values: editableValues(plugin, record.mapped) };
  let opened = 0;
  for (const { change, comparison } of compareAll(plugin, now, changes, policyOf)) {
    const conflict = conflicts.find(({ localChangeId }) => localChangeId === change.id);
    if (await settle(writing, change, comparison, { conflict, recordVersion: record.version })) opened += 1;
  }
  return opened;
}

/** Writes what came of a comparison. Whether it opened a conflict. */
async function settle(
  writing: ConflictWriting,
  change: LocalChange,
  { status, edits, baseContent, conflict: content, decided }: Comparison,
  { conflict, recordVersion }: { readonly conflict: Conflict | undefined; readonly recordVersion: number },
): Promise<boolean> {
  const { client, streams, organizationId } = writing;
  const isSame = status === change.status && sameEdits(change.edits, edits) && baseContent === change.baseContent;
  const { id, connectionId } = change;
  if (!isSame) {
    const known = status === "PUSHED" ? { errorCode: null, errorMessage: null } : {};
    await saveChange(client, streams, organizationId, { id, connectionId, status, edits, baseContent, ...known });
  }
  if (decided.length > 0) await auditPolicies(writing, change, decided);
  if (content === undefined) {
    if (conflict !== undefined) await supersede(writing, [conflict]);
    return false;
  }
  if (conflict === undefined) await openConflict(writing, change, content, recordVersion);
  else if (asksTheSame(conflict, content)) await keepConflict(client, conflict, recordVersion);
  else await renewConflict(writing, conflict, content, recordVersion);
  return conflict === undefined;
}

/** Nobody's edit is decided unseen (I15). */
async function auditPolicies(
  { client, organizationId }: ConflictWriting,
  change: LocalChange,
  decided: readonly Decision[],
): Promise<void> {
  await writeAudit(client, {
    organizationId,
    actor: policyActor,
    action: "conflict.decideByPolicy",
    subjectType: "LocalChange",
    subjectId: change.id,
    before: { edits: change.edits },
    after: { decided },
  });
}

const isInFlight = ({ status }: LocalChange): boolean => status === "PUSHING" || status === "UNKNOWN";

export const sameEdits = (left: Edits, right: Edits): boolean => inOrder(left) === inOrder(right);
const inOrder = (edits: Edits): string => JSON.stringify(Object.entries(edits).sort(([a], [b]) => (a < b ? -1 : 1)));

const connectionRow = z.object({
  organizationId: z.string(),
  policies: z.string().transform((text) => policyRules.parse(parseExact(text))),
});

async function readConnection(client: PoolClient, connectionId: string): Promise<z.infer<typeof connectionRow>> {
  const { rows } = await client.query(
    `SELECT organization_id AS "organizationId", policies::text FROM connections WHERE id = $1`,
    [connectionId],
  );
  return connectionRow.parse(rows[0]);
}
