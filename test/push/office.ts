import { expect } from "@jest/globals";
import type { Company, CompanyOptions, Simulator } from "../../simulator/index.js";
import type { Values, WriteOperation } from "../../src/plugins/writes.js";
import type { LocalChange } from "../../src/sync/local-changes/local-change.js";
import { readChange, readRecord } from "../../src/sync/local-changes/rows.js";
import type { PusherOptions } from "../../src/sync/push/pusher.js";
import { engineBench, plugins, type EngineBench } from "../support/engine.js";

/** A mirrored company whose edits are pushed. */
export interface PushOffice {
  readonly bench: EngineBench;
  readonly simulator: Simulator;
  readonly company: Company;
  readonly connectionId: string;
  /** Keeps an edit; its local change's id. */
  update(entity: string, quickbooksId: string, values: Values): Promise<string>;
  create(entity: string, values: Values): Promise<{ readonly id: string; readonly recordId: string }>;
  end(operation: WriteOperation, entity: string, quickbooksId: string): Promise<string>;
  change(id: string): Promise<LocalChange>;
  recordId(entity: string, quickbooksId: string): Promise<string>;
  record(entity: string, recordId: string): Promise<NonNullable<Awaited<ReturnType<typeof readRecord>>>>;
  /** Edits over what QuickBooks has, by the simulator's log of writes that had an effect. */
  writes(entity?: string): Simulator["writes"];
  stop(): Promise<void>;
}

const pluginOf = (name: string) => plugins.find((plugin) => plugin.name === name) ?? missing(name);

export function missing(what: string): never {
  throw new Error(`There is no ${what}.`);
}

export async function pushOffice(
  realmId: string,
  { size = 180, ...options }: Partial<CompanyOptions> = {},
  limits: Parameters<typeof engineBench>[2] = {},
): Promise<PushOffice> {
  const bench = await engineBench([{ realmId, seed: realmId, size, ...options }], {}, limits);
  const { simulator, localChanges, actor, database } = bench;
  const connectionId = await bench.connect(realmId);
  expect((await bench.fullSync(connectionId)).status).toBe("SUCCEEDED");
  const office: PushOffice = {
    bench,
    simulator,
    company: simulator.companies.get(realmId) ?? missing("company"),
    connectionId,
    async update(entity, quickbooksId, values) {
      const recordId = await office.recordId(entity, quickbooksId);
      const outcome = await localChanges.edit({ actor, operation: "UPDATE", entity, recordId, values, dryRun: false });
      return outcome.localChangeId ?? missing("local change");
    },
    async create(entity, values) {
      const asked = { actor, operation: "CREATE", entity, connectionId, values, dryRun: false } as const;
      const { recordId, localChangeId } = await localChanges.edit(asked);
      return { id: localChangeId ?? missing("local change"), recordId: recordId ?? missing("record") };
    },
    async end(operation, entity, quickbooksId) {
      const recordId = await office.recordId(entity, quickbooksId);
      const outcome = await localChanges.edit({ actor, operation, entity, recordId, values: {}, dryRun: false });
      return outcome.localChangeId ?? missing("local change");
    },
    change: async (id) => (await readChange(database.pool, id)) ?? missing("local change"),
    async recordId(entity, quickbooksId) {
      const { rows } = await database.pool.query<{ id: string }>(
        `SELECT id FROM "${pluginOf(entity).table}" WHERE connection_id = $1 AND quickbooks_id = $2`,
        [connectionId, quickbooksId],
      );
      return rows[0]?.id ?? missing(`${entity} ${quickbooksId}`);
    },
    record: async (entity, id) => (await readRecord(database.pool, pluginOf(entity), id)) ?? missing(entity),
    writes: (entity) => simulator.writes.filter((write) => entity === undefined || write.entity === entity),
    stop: () => bench.stop(),
  };
  return office;
}

export async function started(office: PushOffice, options: Partial<PusherOptions> = {}) {
  const pusher = office.bench.newPusher(options);
  await pusher.start();
  return pusher;
}

/** An id of some active record. */
export function someId({ company }: PushOffice, entity: string, at = 0): string {
  const ids = [...company.records(entity)].filter(({ text }) => !text.includes('"Active":false')).map(({ id }) => id);
  return ids[at] ?? missing(`${entity} at ${at}`);
}

/** What QuickBooks holds. */
export function inQuickBooks({ company }: PushOffice, entity: string, id: string): Record<string, unknown> | undefined {
  const record = [...company.records(entity)].find((each) => each.id === id);
  return record === undefined ? undefined : (JSON.parse(record.text) as Record<string, unknown>);
}
