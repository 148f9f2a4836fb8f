import { z } from "zod";
import type { Company } from "../../simulator/index.js";
import { systemClock } from "../../src/foundation/clock.js";
import { randomIds } from "../../src/foundation/ids.js";
import { createLog } from "../../src/foundation/log.js";
import { conflictColumns, conflictRow, conflictStream, type Conflict } from "../../src/sync/conflicts/conflict.js";
import type { PolicyRule } from "../../src/sync/conflicts/policy.js";
import { createConflicts, type Conflicts } from "../../src/sync/conflicts/resolve.js";
import { createLocalChanges, type EditRequest } from "../../src/sync/local-changes/edits.js";
import type { LocalChange } from "../../src/sync/local-changes/local-change.js";
import { readChange } from "../../src/sync/local-changes/rows.js";
import type { Values } from "../../src/plugins/writes.js";
import { companyOf } from "../support/company.js";
import { engineBench, plugins, type EngineBench } from "../support/engine.js";

type Operation = EditRequest["operation"];

/** A company that is edited on both sides, and what waits of it; nothing is pushed. */
export interface Queue {
  readonly bench: EngineBench;
  readonly company: Company;
  readonly connectionId: string;
  readonly conflicts: Conflicts;
  /** A record of its own for each test: QuickBooks' id, and ours. */
  newRecord(entity: string, properties?: Values): Promise<{ readonly quickbooksId: string; readonly recordId: string }>;
  /** Somebody edits here; the id of the local change. */
  edit(entity: string, recordId: string, values: object, operation?: Operation): Promise<string>;
  /** All that changed in QuickBooks comes into the mirror. */
  sync(): Promise<string>;
  change(id: string): Promise<LocalChange>;
  /** Of a local change, the latest; undefined where it has none. */
  conflictOf(changeId: string): Promise<Conflict | undefined>;
  setPolicies(...rules: readonly PolicyRule[]): Promise<void>;
  /** The kinds of the events told of a conflict, in order. */
  events(conflictId: string): Promise<string[]>;
  audited(subjectId: string): Promise<{ readonly action: string; readonly actor: string }[]>;
  stop(): Promise<void>;
}

export async function openQueue(realmId: string, seed: string): Promise<Queue> {
  const bench = await engineBench([{ realmId, seed, size: 60 }]);
  const company = companyOf(bench, realmId);
  const connectionId = await bench.connect(realmId);
  await bench.fullSync(connectionId);
  const { database, streams, actor } = bench;
  const services = {
    ...{ database, streams, plugins, ids: randomIds, clock: systemClock },
    log: createLog({ level: "silent" }),
    wakeWorkers: () => Promise.resolve(),
  };
  const localChanges = createLocalChanges(services);
  const query = async <Row>(schema: z.ZodType<Row>, text: string, values: readonly unknown[]): Promise<Row[]> => {
    const { rows } = await database.pool.query(text, [...values]);
    return z.array(schema).parse(rows);
  };
  let named = 0;
  const queue: Queue = {
    ...{ bench, company, connectionId },
    conflicts: createConflicts(services),
    async newRecord(entity, properties: Values = { DisplayName: `Customer ${String((named += 1))} of ${seed}` }) {
      const quickbooksId = company.create(entity, properties);
      await queue.sync();
      const table = plugins.find(({ name }) => name === entity)?.table ?? "";
      const text = `SELECT id FROM "${table}" WHERE connection_id = $1 AND quickbooks_id = $2`;
      const [row] = await query(z.object({ id: z.string() }), text, [connectionId, quickbooksId]);
      return { quickbooksId, recordId: row?.id ?? "" };
    },
    async edit(entity, recordId, values, operation = "UPDATE") {
      const outcome = await localChanges.edit({
        actor,
        operation,
        entity,
        recordId,
        dryRun: false,
        values: { ...values },
      });
      return outcome.localChangeId ?? "";
    },
    async sync() {
      bench.simulator.clock.advance(60_000);
      const run = await bench.incrementalSync(connectionId);
      if (run.status !== "SUCCEEDED") throw new Error(`The sync ended as ${run.status}: ${run.errorMessage ?? ""}`);
      return run.id;
    },
    async change(id) {
      const change = await readChange(database.pool, id);
      if (change === undefined) throw new Error(`There is no local change ${id}.`);
      return change;
    },
    async conflictOf(changeId) {
      const text = `SELECT ${conflictColumns("x")} FROM conflicts x WHERE local_change_id = $1 ORDER BY number DESC LIMIT 1`;
      return (await query(conflictRow, text, [changeId]))[0];
    },
    async setPolicies(...rules) {
      await database.pool.query("UPDATE connections SET policies = $2 WHERE id = $1", [
        connectionId,
        JSON.stringify(rules),
      ]);
    },
    async events(conflictId) {
      const text = "SELECT kind FROM stream_events WHERE stream = $1 AND data ->> 'conflictId' = $2 ORDER BY number";
      const events = await query(z.object({ kind: z.string() }), text, [
        conflictStream(actor.organizationId),
        conflictId,
      ]);
      return events.map(({ kind }) => kind);
    },
    audited(subjectId) {
      const text = "SELECT action, actor_name AS actor FROM audit_entries WHERE subject_id = $1 ORDER BY at, action";
      return query(z.object({ action: z.string(), actor: z.string() }), text, [subjectId]);
    },
    stop: () => bench.stop(),
  };
  return queue;
}
