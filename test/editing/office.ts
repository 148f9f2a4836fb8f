import type { PoolClient } from "pg";
import type { Company } from "../../simulator/index.js";
import { systemClock } from "../../src/foundation/clock.js";
import { randomIds } from "../../src/foundation/ids.js";
import { createLog } from "../../src/foundation/log.js";
import type { ListAction, Values, WriteOperation } from "../../src/plugins/writes.js";
import { createLocalChanges, type EditOutcome, type LocalChanges } from "../../src/sync/local-changes/edits.js";
import type { LocalChange } from "../../src/sync/local-changes/local-change.js";
import { readChange, readRecord } from "../../src/sync/local-changes/rows.js";
import { UserProblem, UserProblems, type Problem } from "../../src/sync/problems.js";
import { companyOf } from "../support/company.js";
import { engineBench, plugins, type EngineBench } from "../support/engine.js";

/** A mirrored company whose records people edit. Nothing is pushed: QuickBooks asks for a new authorization meanwhile. */
export interface Office {
  readonly bench: EngineBench;
  readonly company: Company;
  readonly connectionId: string;
  readonly changes: LocalChanges;
  edit(operation: WriteOperation, entity: string, options: EditOptions): Promise<EditOutcome>;
  /** What is wrong with an edit. */
  problems(operation: WriteOperation, entity: string, options: EditOptions): Promise<readonly Problem[]>;
  create(entity: string, values: Values): Promise<Created>;
  change(id: string | null): Promise<LocalChange>;
  /** Our id of a mirrored record. */
  idOf(entity: string, quickbooksId: string): Promise<string>;
  record(entity: string, recordId: string): Promise<NonNullable<Awaited<ReturnType<typeof readRecord>>>>;
  transaction<T>(work: (client: PoolClient) => Promise<T>): Promise<T>;
  /** Lets runs read the company while `work` lasts. */
  sync(): Promise<void>;
  stop(): Promise<void>;
}

export interface EditOptions {
  readonly recordId?: string;
  readonly connectionId?: string;
  readonly values?: Values;
  readonly expectedVersion?: number;
  readonly idempotencyKey?: string;
  readonly dryRun?: boolean;
  readonly as?: EngineBench["actor"];
  readonly listAction?: ListAction;
}

interface Created {
  readonly recordId: string;
  readonly localChangeId: string;
}

export const pluginOf = (name: string) => plugins.find((plugin) => plugin.name === name) ?? missing(name);

export function missing(what = "something"): never {
  throw new Error(`The simulated company lacks ${what}.`);
}

const hold = "UPDATE connections SET status = 'REAUTHORIZATION_REQUIRED' WHERE id = $1";
const release = "UPDATE connections SET status = 'CONNECTED' WHERE id = $1";

export async function editingOffice(realmId: string, size = 60): Promise<Office> {
  const bench = await engineBench([{ realmId, seed: realmId, size }]);
  const { database, streams, actor } = bench;
  const log = createLog({ level: "silent" });
  const changes = createLocalChanges({
    ...{ database, streams, plugins, log, ids: randomIds, clock: systemClock },
    wakeWorkers: () => Promise.resolve(),
  });
  const connectionId = await bench.connect(realmId);
  const sync = async (mode: "FULL" | "INCREMENTAL"): Promise<void> => {
    const { status } = await (mode === "FULL" ? bench.fullSync(connectionId) : bench.incrementalSync(connectionId));
    if (status !== "SUCCEEDED") throw new Error(`The sync ended ${status}.`);
    await database.pool.query(hold, [connectionId]);
  };
  await sync("FULL");
  const edit: Office["edit"] = (operation, entity, { as = actor, ...options }) =>
    changes.edit({
      ...{ actor: as, operation, entity, values: {}, dryRun: false },
      ...(options.recordId === undefined && { connectionId }),
      ...options,
    });
  return {
    ...{ bench, company: companyOf(bench, realmId), connectionId, changes, edit },
    async problems(operation, entity, options) {
      try {
        await edit(operation, entity, options);
      } catch (error) {
        if (error instanceof UserProblems) return error.problems;
        if (error instanceof UserProblem) return [{ code: error.code, field: error.field, message: error.message }];
        throw error;
      }
      return [];
    },
    async create(entity, values) {
      const { recordId, localChangeId } = await edit("CREATE", entity, { values });
      return { recordId: recordId ?? missing(), localChangeId: localChangeId ?? missing() };
    },
    async change(id) {
      return (await readChange(database.pool, id ?? missing("a local change"))) ?? missing("a local change");
    },
    async idOf(entity, quickbooksId) {
      const { rows } = await database.pool.query<{ id: string }>(
        `SELECT id FROM "${pluginOf(entity).table}" WHERE connection_id = $1 AND quickbooks_id = $2`,
        [connectionId, quickbooksId],
      );
      return rows[0]?.id ?? missing(`${entity} ${quickbooksId}`);
    },
    async record(entity, recordId) {
      return (await readRecord(database.pool, pluginOf(entity), recordId)) ?? missing(entity);
    },
    transaction: (work) => database.transaction(work),
    async sync() {
      bench.simulator.clock.advance(20 * 60_000);
      await database.pool.query(release, [connectionId]);
      await sync("INCREMENTAL");
    },
    stop: () => bench.stop(),
  };
}
