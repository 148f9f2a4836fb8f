import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { RecordReference } from "../../src/sync/local-changes/edits.js";
import { editingOffice, type Office } from "./office.js";

let office: Office;

beforeAll(async () => {
  office = await editingOffice("9130000000000405", 30);
  office.company.create("Customer", { DisplayName: "Taken" });
  const inactive = office.company.create("Customer", { DisplayName: "Gone quiet" });
  office.company.deactivate("Customer", inactive);
  await office.sync();
});

afterAll(() => office.stop());

const create = (displayName: string) => office.problems("CREATE", "Customer", { values: { displayName } });
const taken = [expect.objectContaining({ code: "INVALID", field: "fields.displayName" })];

test("a name that another record has is refused, whatever its capitals", async () => {
  expect(await create("tAKEN")).toEqual(taken);
});

test("a name that waits to be created is taken", async () => {
  expect(await create("Waits")).toEqual([]);
  expect(await create("waits")).toEqual(taken);
});

test("a name that an edit will give to a record is taken", async () => {
  const { recordId } = await office.create("Customer", { displayName: "Before" });
  await office.bench.database.pool.query("UPDATE local_changes SET status = 'PUSHING' WHERE record_id = $1", [
    recordId,
  ]);
  await office.edit("UPDATE", "Customer", { recordId, values: { displayName: "After" } });
  expect(await create("AFTER")).toEqual(taken);
});

test("a record may keep its own name, in other capitals", async () => {
  const { recordId } = await office.create("Customer", { displayName: "Own name" });
  expect(await office.problems("UPDATE", "Customer", { recordId, values: { displayName: "OWN NAME" } })).toEqual([]);
});

test("of two creates of one name at once, one is refused", async () => {
  const both = await Promise.all([create("Twice"), create("twice")]);
  expect(both.map((found) => found.length).sort()).toEqual([0, 1]);
});

test("names that stand below different parents do not meet", async () => {
  const parent = await office.create("Account", { name: "Parent", type: "Expense" });

  const below = { name: "Same", type: "Expense", parent: new RecordReference("Account", parent.recordId) };
  expect(await office.problems("CREATE", "Account", { values: { name: "Same", type: "Expense" } })).toEqual([]);
  expect(await office.problems("CREATE", "Account", { values: below })).toEqual([]);
  expect(await office.problems("CREATE", "Account", { values: below })).toEqual([
    expect.objectContaining({ field: "fields.name" }),
  ]);
});
