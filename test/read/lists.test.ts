import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createWorld, type Company, type World } from "./world.js";

let world: World;
let company: Company;

beforeAll(async () => {
  world = await createWorld();
  company = await world.addCompany();
  const ada = await company.insert("customers", { quickbooks_id: "1", display_name: "Ada" });
  expect(ada).toHaveLength(36);
  await company.insert("invoices", {
    quickbooks_id: "10",
    doc_number: "A-1",
    txn_date: "2026-01-02",
    customer_ref: "1",
    currency: "EUR",
    total_amount: "100.50",
    balance: "20",
  });
});

afterAll(() => world.close());

test("a list shows its records' fields", async () => {
  const answer = await world.ask(
    company,
    `query ($c: ID!) { invoices(connectionId: $c) { nodes { id docNumber txnDate totalAmount { amount currency } status customer { displayName } } totalCount pageInfo { hasNextPage } } }`,
    { variables: { c: company.globalId } },
  );
  console.log(JSON.stringify(answer, null, 1));
});
