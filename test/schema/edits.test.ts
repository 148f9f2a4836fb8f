import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createEditingWorld, type EditingWorld } from "./editing-world.js";

let world: EditingWorld;

beforeAll(async () => {
  world = await createEditingWorld();
});

afterAll(() => world.stop());

test("a new customer is there at once, without an id of QuickBooks", async () => {
  const { connectionId } = world;
  const made = await world.edit("createCustomer", { connectionId, fields: { displayName: "Dee", notes: "New" } });
  expect(made).toMatchObject({
    userErrors: [],
    record: { quickbooksId: null, state: "ACTIVE", version: 1 },
    localChange: { status: "PENDING", operation: "CREATE" },
  });
  expect(made.localChange?.fields).toContainEqual({
    path: "displayName",
    label: "Display name",
    before: null,
    after: { text: "Dee", value: "Dee" },
  });
});
