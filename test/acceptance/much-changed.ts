import { z } from "zod";
import type { SimulatorProgram } from "../support/simulator.js";

/** What a person does in one of the simulator's companies (`editSchema` of its control API). */
interface Edit {
  readonly kind: "create" | "change" | "deactivate" | "delete";
  readonly entity: string;
  readonly id?: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

const record = z.object({ Id: z.string(), Active: z.boolean().optional(), PrivateNote: z.string().optional() });
const editsAtOnce = 5_000;
const dayMs = 86_400_000;
const nameLists = ["Customer", "Account", "Item"] as const;

/** Makes sure that so many accounts and items can be made inactive, and some are left. */
export async function addNameLists(simulator: SimulatorProgram, removals: number): Promise<void> {
  const income = record.parse(JSON.parse(await first(simulator.records("Account")))).Id;
  const fields = {
    Account: { AccountType: "Income" },
    Item: { Type: "Service", IncomeAccountRef: { value: income } },
  } as const;
  for (const entity of ["Account", "Item"] as const) {
    const wanted = Math.ceil(removals * 1.25);
    const edits = Array.from({ length: wanted }, (_, index): Edit => ({
      kind: "create",
      entity,
      fields: { ...fields[entity], Name: `Further ${index}` },
    }));
    await make(simulator, edits, 0);
  }
}

/**
 * A day of edits, evenly over its hours: so many changed invoices, payments and customers, and of each entity so many removed,
 * transactions by deleting them, names by making them inactive.
 */
export async function changeMuch(simulator: SimulatorProgram, changes: number, removals: number): Promise<void> {
  const customers = await ids(simulator, "Customer");
  const payments = await ids(simulator, "Payment");
  const invoices = await ids(simulator, "Invoice");
  const change = (entity: string, field: string) => (id: string) =>
    ({ kind: "change", entity, id, fields: { [field]: "changed that day" } }) as const;
  const changed: readonly Edit[] = [
    ...customers.map(change("Customer", "Notes")),
    ...payments.map(change("Payment", "PrivateNote")),
    ...invoices.map(change("Invoice", "PrivateNote")),
  ].slice(0, changes);
  if (changed.length < changes) throw new Error(`The company has only ${changed.length} records to change.`);
  const gone: Edit[] = [];
  for (const entity of nameLists)
    for (const id of spread(await ids(simulator, entity), removals)) gone.push({ kind: "deactivate", entity, id });
  for (const id of spread(payments, removals)) gone.push({ kind: "delete", entity: "Payment", id });
  for (const id of spread(invoices, removals)) gone.push({ kind: "delete", entity: "Invoice", id });
  await make(simulator, [...changed, ...gone], dayMs / (changed.length + gone.length));
}

/** The ids of an entity's records that a person can change or remove: active ones, and payments that people entered. */
async function ids(simulator: SimulatorProgram, entity: string): Promise<string[]> {
  const found: string[] = [];
  for await (const text of simulator.records(entity)) {
    const { Id, Active, PrivateNote } = record.parse(JSON.parse(text));
    if (Active !== false && PrivateNote?.startsWith("Created by QB Online") !== true) found.push(Id);
  }
  return found;
}

/** So many of them, from all places but the first, where what every company needs stands. */
function spread(all: readonly string[], count: number): readonly string[] {
  const step = all.length / (count + 1);
  return Array.from({ length: count }, (_, index) => all[Math.floor((index + 1) * step)] ?? "");
}

async function make(simulator: SimulatorProgram, edits: readonly Edit[], everyMs: number): Promise<void> {
  for (let at = 0; at < edits.length; at += editsAtOnce)
    await simulator.control("POST", "companies/9130000000000001/series", {
      edits: edits.slice(at, at + editsAtOnce),
      everyMs,
    });
}

async function first(lines: AsyncIterable<string>): Promise<string> {
  for await (const line of lines) return line;
  throw new Error("The company has no record of that kind.");
}
