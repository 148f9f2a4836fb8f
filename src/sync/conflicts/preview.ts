import { z } from "zod";
import { isReached, type Reach, reachParameter } from "../../access/reach.js";
import type { Database } from "../../foundation/database/database.js";
import type { EntityPlugin } from "../../plugins/plugin.js";
import { localChangeColumns, localChangeRow } from "../local-changes/local-change.js";
import { readRecords } from "../local-changes/rows.js";
import { editableValues } from "../local-changes/values.js";
import { compareAll } from "./compare-all.js";
import type { Comparison } from "./compare.js";
import { conflictColumns, conflictRow, type Conflict } from "./conflict.js";
import { policiesFor, type PolicyRule } from "./policy.js";

export interface PolicyPreviewRequest {
  readonly actor: Reach;
  readonly connectionId: string;
  readonly policies: readonly PolicyRule[];
}

/** WAITS: for a person, as now. MIXED: some fields by one side, some by the other. */
export type PolicyOutcome = "WAITS" | "QUICKBOOKS_WINS" | "PLATFORM_WINS" | "MIXED";

export interface PolicyPreview {
  /** All that are open or put aside. */
  readonly conflicts: number;
  /** Of the latest of them, at most 1,000. */
  readonly outcomes: readonly { readonly conflictId: string; readonly outcome: PolicyOutcome }[];
}

const mostPreviewed = 1_000;

/**
 * How open conflicts would be decided by other policies. Policies decide what is compared from then on: an open conflict stays for a
 * person, unless its record changes again. Whoever wants them decided now resolves them in bulk.
 */
export async function previewPolicies(
  pool: Database["pool"],
  plugins: readonly EntityPlugin[],
  { actor, connectionId, policies }: PolicyPreviewRequest,
): Promise<PolicyPreview> {
  const { rows } = await pool.query(
    `SELECT ${conflictColumns("x")}, count(*) OVER ()::integer AS total FROM conflicts x
     JOIN connections c ON c.id = x.connection_id AND ${isReached("c", "$2")}
     WHERE x.connection_id = $1 AND x.status IN ('OPEN', 'IGNORED') ORDER BY x.number DESC LIMIT ${String(mostPreviewed)}`,
    [connectionId, reachParameter(actor)],
  );
  const found = z.array(conflictRow.extend({ total: z.number() })).parse(rows);
  const comparisons = await compareAgain(pool, plugins, found, policies);
  const outcomes = found.map(({ id, localChangeId }): PolicyPreview["outcomes"][number] => {
    const comparison = comparisons.get(localChangeId);
    return { conflictId: id, outcome: comparison === undefined ? "WAITS" : outcomeOf(comparison) };
  });
  return { conflicts: found[0]?.total ?? 0, outcomes };
}

/** By local change; a statement for all of them, and one for the records of each entity. */
async function compareAgain(
  pool: Database["pool"],
  plugins: readonly EntityPlugin[],
  conflicts: readonly Conflict[],
  policies: readonly PolicyRule[],
): Promise<ReadonlyMap<string, Comparison>> {
  const { rows } = await pool.query(
    `SELECT ${localChangeColumns("l")} FROM local_changes l
     WHERE l.record_id = ANY($1) AND l.status IN ('PENDING', 'PUSHING', 'UNKNOWN', 'CONFLICT') ORDER BY l.number`,
    [conflicts.map(({ recordId }) => recordId)],
  );
  const changes = z.array(localChangeRow).parse(rows);
  const comparisons = new Map<string, Comparison>();
  for (const plugin of plugins) {
    const ids = conflicts.filter(({ entity }) => entity === plugin.name).map(({ recordId }) => recordId);
    const records = ids.length === 0 ? [] : await readRecords(pool, plugin, ids);
    for (const { id, state, mapped } of records) {
      const now = { state, values: editableValues(plugin, mapped) };
      const own = changes.filter(({ recordId }) => recordId === id);
      const compared = compareAll(plugin, now, own, policiesFor(plugin.name, policies));
      for (const { change, comparison } of compared) comparisons.set(change.id, comparison);
    }
  }
  return comparisons;
}

function outcomeOf({ conflict, decided }: Comparison): PolicyOutcome {
  if (conflict !== undefined) return "WAITS";
  const winners = new Set(decided.map(({ policy }) => policy));
  if (winners.size > 1) return "MIXED";
  return winners.has("QUICKBOOKS_WINS") ? "QUICKBOOKS_WINS" : "PLATFORM_WINS";
}
