import type { Values } from "../../src/plugins/writes.js";
import { RecordReference } from "../../src/sync/local-changes/edits.js";
import type { MirroredRecord } from "../../src/sync/local-changes/rows.js";
import { anyRecord, pluginOf } from "./mirrored.js";
import { day, note } from "./people.js";
import type { Random } from "./random.js";
import type { World } from "./world.js";

/** What people give to the fields of records; undefined where there is nothing to refer to. */

type Making = (world: World, random: Random) => Promise<Values | undefined>;

const money = (random: Random, most: number): string => ((1 + random.below(most * 100)) / 100).toFixed(2);

async function referenceTo(world: World, entity: string, random: Random, condition = "t.state = 'ACTIVE'") {
  const record = await anyRecord(world, entity, random, condition);
  return record && new RecordReference(entity, record.id);
}

const isIncome = "t.state = 'ACTIVE' AND t.raw ->> 'AccountType' = 'Income'";

async function newLine(world: World, random: Random): Promise<Values> {
  const item = await referenceTo(world, "Item", random, "t.state = 'ACTIVE' AND t.raw ->> 'Type' = 'Service'");
  return { kind: "SALES", amount: money(random, 500), description: note(random), ...(item && { item }) };
}

/** By entity: all of a new record. */
export const newValues: Readonly<Record<string, Making>> = {
  Customer: async (world, random) => {
    const parent = random.chance(0.2) ? await referenceTo(world, "Customer", random) : undefined;
    return { displayName: `Made ${note(random)}`, notes: note(random), ...(parent && { parent }) };
  },
  Account: (_, random) => Promise.resolve({ name: `Made ${note(random)}`, type: "Expense" }),
  Item: async (world, random) => {
    const incomeAccount = await referenceTo(world, "Account", random, isIncome);
    return (
      incomeAccount && { name: `Made ${note(random)}`, type: "SERVICE", unitPrice: money(random, 90), incomeAccount }
    );
  },
  Invoice: async (world, random) => {
    const customer = await referenceTo(world, "Customer", random);
    const lines = await Promise.all(Array.from({ length: 1 + random.below(2) }, () => newLine(world, random)));
    return customer && { customer, lines, privateNote: note(random) };
  },
  Payment: async (world, random) => {
    const customer = await referenceTo(world, "Customer", random);
    return customer && { customer, totalAmount: money(random, 100), privateNote: note(random) };
  },
};

/** By entity: fields that are edited, and what they get. Those that people in QuickBooks edit too come first. */
const newTexts: Readonly<Record<string, Readonly<Record<string, (random: Random) => unknown>>>> = {
  Customer: {
    notes: (random) => (random.chance(0.1) ? null : note(random)),
    displayName: (random) => `Here ${note(random)}`,
    givenName: (random) => note(random),
    mobilePhone: (random) => (random.chance(0.2) ? null : `555 ${random.below(10_000)}`),
    billWithParent: (random) => random.chance(0.5),
  },
  Account: {
    description: (random) => (random.chance(0.1) ? null : note(random)),
    name: (random) => `Here ${note(random)}`,
    number: (random) => String(random.below(1_000_000)),
  },
  Item: {
    description: (random) => (random.chance(0.1) ? null : note(random)),
    name: (random) => `Here ${note(random)}`,
    unitPrice: (random) => money(random, 100),
    sku: note,
  },
  Invoice: {
    privateNote: (random) => (random.chance(0.1) ? null : note(random)),
    txnDate: day,
    customerMemo: note,
    trackingNumber: note,
  },
  Payment: {
    privateNote: (random) => (random.chance(0.1) ? null : note(random)),
    txnDate: day,
    referenceNumber: note,
    totalAmount: (random) => money(random, 300),
  },
};

/** Of a few fields; of an invoice now and then its lines. */
export async function editedValues(
  world: World,
  entity: string,
  record: MirroredRecord | undefined,
  random: Random,
): Promise<Values> {
  if (entity === "Invoice" && record !== undefined && random.chance(0.3)) {
    return { lines: await editedLines(world, record, random) };
  }
  const texts = Object.entries(newTexts[entity] ?? {});
  const [common] = texts;
  const chosen = texts.filter((text) => (text === common ? random.chance(0.6) : random.chance(0.25)));
  const some = chosen.length > 0 ? chosen : texts.slice(0, 1);
  return Object.fromEntries(some.map(([path, text]) => [path, text(random)]));
}

/** One line is described anew, one may be taken out, one may come in. */
async function editedLines(world: World, record: MirroredRecord, random: Random): Promise<readonly Values[]> {
  const counts = pluginOf("Invoice").children["lines"]?.edit?.counts;
  const held = (record.mapped.children["lines"] ?? []).flatMap((row): Values[] => [{ ...row }]);
  const rows = held
    .filter((row) => counts?.(row) !== false)
    .map((row) => ({ lineId: row["lineId"], kind: row["kind"] }) satisfies Values);
  const changed = random.below(rows.length);
  const isSold = (row: Values): boolean => row["kind"] === "SALES";
  const edited = rows.map((row, at) => (at === changed && isSold(row) ? { ...row, description: note(random) } : row));
  const left = random.chance(0.3) && edited.length > 1 ? edited.slice(1) : edited;
  return random.chance(0.4) ? [...left, await newLine(world, random)] : left;
}

/** An invoice of the payment's customer, and what of the payment goes to it. */
export async function application(world: World, payment: MirroredRecord, random: Random): Promise<Values | undefined> {
  const customer = payment.mapped.row["customer"];
  if (typeof customer !== "string" || !/^[\w:-]+$/.test(customer)) return undefined;
  const target = await referenceTo(world, "Invoice", random, `t.state = 'ACTIVE' AND t.customer_ref = '${customer}'`);
  return target && { target, targetType: "Invoice", amount: money(random, 20) };
}
