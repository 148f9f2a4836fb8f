import type { WriteOperation } from "../../src/plugins/writes.js";
import type { EditOutcome, EditRequest } from "../../src/sync/local-changes/edits.js";
import type { MirroredRecord } from "../../src/sync/local-changes/rows.js";
import { application, editedValues, newValues } from "./given.js";
import { asked, type Event, type Happening } from "./happening.js";
import { anyRecord, pluginOf } from "./mirrored.js";
import { changeRecord } from "./people.js";
import { plugins } from "./process.js";
import type { Random } from "./random.js";
import type { World } from "./world.js";

type Edit = Pick<EditRequest, "operation" | "entity" | "values"> & Partial<EditRequest>;

/** Somebody edits on the platform. */
async function edit(world: World, random: Random, wanted: Edit): Promise<Happening> {
  const { actor, webs, ledger } = world;
  const key = random.chance(0.3) ? { idempotencyKey: `key ${random.below(1_000_000_000)}` } : {};
  const request: EditRequest = { actor, dryRun: random.chance(0.05), ...key, ...wanted };
  const web = random.pick(webs) ?? webs[0];
  const { operation, entity, recordId, values, dryRun } = request;
  return asked(`${dryRun ? "try to " : ""}${operation} ${entity} ${recordId ?? ""}`, async () => {
    const isRepeated = request.idempotencyKey !== undefined && random.chance(0.6);
    const again = isRepeated ? (random.pick(webs) ?? web).localChanges.edit(request) : undefined;
    const [outcome, repeated] = await Promise.all([web.localChanges.edit(request), again]);
    if (!dryRun) ledger.keep(request, outcome);
    const violations = [...keptThough(dryRun, outcome), ...notTheSame(outcome, dryRun ? undefined : repeated)];
    return { values, kept: outcome.localChangeId, of: outcome.recordId, violations };
  });
}

const keptThough = (dryRun: boolean, { localChangeId }: EditOutcome): string[] =>
  dryRun && localChangeId !== null ? [`a dry run kept the local change ${localChangeId}`] : [];

function notTheSame(outcome: EditOutcome, repeated: EditOutcome | undefined): string[] {
  if (repeated === undefined) return [];
  const { localChangeId, recordId } = outcome;
  if (repeated.localChangeId === localChangeId && repeated.recordId === recordId) return [];
  return [`a repeated request kept ${String(repeated.localChangeId)} beside ${String(localChangeId)}`];
}

const entities = plugins.filter(({ writes }) => writes !== undefined).map(({ name }) => name);
const anyEntity = (random: Random): string => random.pick(entities) ?? "Customer";

/** A new record, which may refer to others that QuickBooks does not have yet. */
export const create: Event = async (world, random) => {
  const entity = anyEntity(random);
  const values = await newValues[entity]?.(world, random);
  if (values === undefined) return { created: "nothing" };
  return edit(world, random, { operation: "CREATE", entity, connectionId: world.connectionId, values });
};

export const update: Event = async (world, random) => {
  const entity = anyEntity(random);
  const record = await anyRecord(world, entity, random);
  return record === undefined ? { edited: "nothing" } : updateRecord(world, random, entity, record);
};

async function updateRecord(world: World, random: Random, entity: string, record: MirroredRecord): Promise<Happening> {
  const seen = random.chance(0.2) ? { expectedVersion: Math.max(1, record.version - random.below(2)) } : {};
  const values = await editedValues(world, entity, record, random);
  return edit(world, random, { operation: "UPDATE", entity, recordId: record.id, values, ...seen });
}

/** What ends or restores a record. */
export const end: Event = async (world, random) => {
  const entity = anyEntity(random);
  const operations = pluginOf(entity).writes?.operations.filter((each) => each !== "CREATE" && each !== "UPDATE") ?? [];
  const operation: WriteOperation = random.pick(operations) ?? "DELETE";
  const record = await anyRecord(world, entity, random);
  if (record === undefined) return { ended: "nothing" };
  return edit(world, random, { operation, entity, recordId: record.id, values: {} });
};

/** A payment goes to an invoice, or is taken off it. */
export const apply: Event = async (world, random) => {
  const payment = await anyRecord(world, "Payment", random, "t.state = 'ACTIVE'");
  const listAction = random.pick(pluginOf("Payment").writes?.actions ?? []);
  if (payment === undefined || listAction === undefined) return { applied: "nothing" };
  const row = await application(world, payment, random);
  if (row === undefined) return { applied: "nothing" };
  const { amount: _, ...place } = row;
  const values = { applications: [listAction.kind === "ADD" ? row : place] };
  return edit(world, random, { operation: "UPDATE", entity: "Payment", recordId: payment.id, values, listAction });
};

/** A person in QuickBooks and one on the platform edit the same record, in either order. */
export const bothSides: Event = async (world, random) => {
  const entity = anyEntity(random);
  const record = await anyRecord(world, entity, random, "t.state = 'ACTIVE' AND t.quickbooks_id NOT LIKE 'local:%'");
  if (record === undefined) return { both: "nothing" };
  const there = (): Happening => ({ person: changeRecord(world.company, entity, record.quickbooksId, random) });
  const here = (): Promise<Happening> => updateRecord(world, random, entity, record);
  if (random.chance(0.5)) return { ...there(), ...(await here()) };
  return { ...(await here()), ...there() };
};
