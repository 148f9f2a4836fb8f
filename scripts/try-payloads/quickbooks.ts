import { z } from "zod";
import { Row } from "../../simulator/company/table.js";
import { Rate, type Fields, type Value } from "../../simulator/company/value.js";
import { entityNamed } from "../../simulator/entities/index.js";
import { Clock, startSimulator, type Company, type Simulator } from "../../simulator/index.js";
import { parseExact } from "../../src/foundation/json.js";
import type { ServableState } from "./states.js";

/** A QuickBooks on loopback whose companies hold nothing but recorded records, each served as the very text that was recorded. */
export async function serveRecorded(
  companies: readonly (readonly ServableState[])[],
  entities: readonly string[],
): Promise<Simulator> {
  const clock = new Clock();
  const newest = companies
    .flat()
    .reduce((latest, { createdAt = 0, updatedAt = 0 }) => Math.max(latest, createdAt, updatedAt), 0);
  // QuickBooks never holds what is newer than its own present.
  if (newest >= clock.now()) clock.set(newest + 1_000);
  const simulator = await startSimulator({
    clock,
    companies: companies.map((_, index) => ({
      realmId: realmOf(index),
      name: `Recorded company ${index + 1}`,
      size: 0,
    })),
    limits: "off",
    autoConsent: true,
  });
  for (const [index, states] of companies.entries()) {
    const company = simulator.companies.get(realmOf(index));
    if (company !== undefined) furnish(company, states, entities);
  }
  return simulator;
}

/** The realm id of the company at this place. */
export function realmOf(index: number): string {
  return `91309900000${String(index + 1).padStart(5, "0")}`;
}

/** Puts the recorded records in the place of those that every simulated company begins with. */
function furnish({ books }: Company, states: readonly ServableState[], entities: readonly string[]): void {
  for (const name of entities) {
    if (entityNamed(name) === undefined) continue;
    const table = books.table(name);
    for (const row of [...table.rows]) table.remove(row);
    for (const state of states.filter(({ entity }) => entity === name)) table.add(rowOf(state, books.version));
  }
}

/** A row that is found by its recorded fields; a time that was not recorded is stood in for by the nearest that was. */
function rowOf({ entity, id, text, createdAt, updatedAt, answeredAt, syncToken }: ServableState, names: number): Row {
  const bytes = Buffer.from(text);
  const fields = z.record(z.string(), z.unknown()).parse(parseExact(text));
  const row = new Row(entity, id, seconds(createdAt ?? updatedAt ?? answeredAt), fieldsOf(fields));
  row.updatedAt = seconds(updatedAt ?? createdAt ?? answeredAt);
  row.syncToken = syncToken;
  row.written.query = row.written.read = { bytes, names };
  return row;
}

const seconds = (milliseconds = 0): number => Math.floor(milliseconds / 1_000);

function fieldsOf(values: Readonly<Record<string, unknown>>): Fields {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, valueOf(value)]));
}

/** What a condition of a query can be put to: numbers keep their digits. */
function valueOf(value: unknown): Value | undefined {
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return new Rate(String(value));
  if (Array.isArray(value)) return value.flatMap((element) => valueOf(element) ?? []);
  const fields = z.record(z.string(), z.unknown()).safeParse(value);
  return fields.success ? fieldsOf(fields.data) : undefined;
}
