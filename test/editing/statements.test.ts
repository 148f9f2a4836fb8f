import { afterAll, afterEach, beforeAll, expect, jest, test } from "@jest/globals";
import { Client } from "pg";
import { previewPolicies } from "../../src/sync/conflicts/preview.js";
import { RecordReference } from "../../src/sync/local-changes/edits.js";
import { plugins } from "../support/engine.js";
import { editingOffice, type Office } from "./office.js";

/** How many statements an edit takes. */
let office: Office;

beforeAll(async () => {
  office = await editingOffice("9130000000000408");
});

afterAll(() => office.stop());
afterEach(() => {
  jest.restoreAllMocks();
});

/** The statements about something while `work` lasts, each with its values. */
async function statementsOf(about: RegExp, work: () => Promise<unknown>): Promise<string[]> {
  const spy = jest.spyOn(Client.prototype, "query");
  await work();
  const asked = spy.mock.calls.map((call: readonly unknown[]) => JSON.stringify(call.slice(0, 2)));
  spy.mockRestore();
  return asked.filter((statement) => about.test(statement));
}

let made = 0;
const newCustomer = () => office.create("Customer", { displayName: `Counted ${String(++made)}` });

async function mirrored(): Promise<{ readonly quickbooksId: string; readonly recordId: string }> {
  const quickbooksId = office.company.create("Customer", { DisplayName: `Counted ${String(++made)}`, Notes: "Old" });
  await office.sync();
  return { quickbooksId, recordId: await office.idOf("Customer", quickbooksId) };
}

test("what the rows of a list refer to is read at once, however many they are", async () => {
  const ids = [...office.company.records("Item")]
    .filter(({ text }) => text.includes('"Type":"Service"') && !text.includes('"Active":false'))
    .map(({ id }) => id);
  const items = await Promise.all(ids.map((id) => office.idOf("Item", id)));
  const { recordId } = await newCustomer();
  const customer = new RecordReference("Customer", recordId);
  const asked = (count: number) =>
    statementsOf(/FROM \\"items/, () => {
      const lines = Array.from({ length: count }, (_, at) => ({
        ...{ kind: "SALES", amount: "5", item: new RecordReference("Item", items[at % items.length] ?? "") },
      }));
      return office.create("Invoice", { customer, lines });
    });
  const one = await asked(1);
  expect(one.length).toBeGreaterThan(0);
  expect(await asked(40)).toHaveLength(one.length);
});

test("only who gives a name waits for others who do", async () => {
  const { recordId } = await mirrored();
  const update = (values: object) => () => office.edit("UPDATE", "Customer", { recordId, values: { ...values } });
  expect(await statementsOf(/"names /, update({ notes: "New" }))).toEqual([]);
  expect(await statementsOf(/"names /, update({ displayName: `Counted ${String(++made)}` }))).toHaveLength(1);
});

test("other policies are tried on all open conflicts at once", async () => {
  const { pool } = office.bench.database;
  const tried = async () => {
    const request = { actor: office.bench.actor, connectionId: office.connectionId };
    const policies = [{ policy: "PLATFORM_WINS" }] as const;
    return previewPolicies(pool, plugins, { ...request, policies });
  };
  const conflict = async () => {
    const { recordId, quickbooksId } = await mirrored();
    await office.edit("UPDATE", "Customer", { recordId, values: { notes: "Mine" } });
    office.company.change("Customer", quickbooksId, { Notes: "Theirs" });
    await office.sync();
  };
  await conflict();
  const one = await statementsOf(/FROM (\\"customers|local_changes|conflicts)/, tried);
  for (let count = 0; count < 3; count++) await conflict();
  expect(await statementsOf(/FROM (\\"customers|local_changes|conflicts)/, tried)).toHaveLength(one.length);
  const { conflicts, outcomes } = await tried();
  expect(conflicts).toBe(4);
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(Array(4).fill("PLATFORM_WINS"));
});
