import type { PoolClient } from "pg";
import { z } from "zod";
import { parseExact } from "../../foundation/json.js";
import type { EntityPlugin } from "../../plugins/plugin.js";
import type { Values, WriteOperation } from "../../plugins/writes.js";
import type { Problem } from "../problems.js";
import { labelOf } from "./paths.js";
import type { MirroredRecord } from "./rows.js";
import { editableValues, sameValue } from "./values.js";

interface Seen {
  readonly operation: WriteOperation;
  readonly expectedVersion?: number;
  /** What is edited. */
  readonly values: Values;
}

/**
 * Whether what is edited has changed since the version that the editor saw; other changes do not stand in the way. Who removes a
 * record has judged all of it.
 */
export async function staleProblems(
  client: PoolClient,
  plugin: EntityPlugin,
  record: MirroredRecord,
  { operation, expectedVersion, values }: Seen,
): Promise<Problem[]> {
  if (expectedVersion === undefined || expectedVersion === record.version) return [];
  const before = await versionOf(client, plugin, record.id, expectedVersion);
  if (before === undefined) {
    const message = `Version ${String(expectedVersion)} of this record is not known; it has version ${String(record.version)}: look at it again.`;
    return [{ code: "STALE_VERSION", field: "expectedVersion", message }];
  }
  const now = { state: record.state, ...editableValues(plugin, record.mapped) };
  const changed = Object.keys(now).filter(
    (path) => !sameValue(plugin, path, before[path], new Map(Object.entries(now)).get(path)),
  );
  const concerned = isOfAll(operation) ? changed : changed.filter((path) => path in values || path === "state");
  if (concerned.length === 0) return [];
  const fields = concerned.map((path) => labelOf(plugin, path)).join(", ");
  const message = `Since version ${String(expectedVersion)} this has changed: ${fields}. Look at version ${String(record.version)} and edit again.`;
  return [{ code: "STALE_VERSION", field: "expectedVersion", message }];
}

const isOfAll = (operation: WriteOperation): boolean => operation === "VOID" || operation === "DELETE";

const versionRow = z.object({ state: z.string(), raw: z.string() });

async function versionOf(
  client: PoolClient,
  plugin: EntityPlugin,
  recordId: string,
  version: number,
): Promise<Values | undefined> {
  const { rows } = await client.query(
    `SELECT row ->> 'state' AS state, (row -> 'raw')::text AS raw FROM record_versions WHERE record_id = $1 AND version = $2`,
    [recordId, version],
  );
  const known = versionRow.optional().parse(rows[0]);
  if (known === undefined) return undefined;
  return { ...editableValues(plugin, plugin.takeIn(parseExact(known.raw))), state: known.state };
}
