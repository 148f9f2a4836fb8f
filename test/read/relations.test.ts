import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { z } from "zod";
import type { Company } from "./company.js";
import { createWorld, type World } from "./world.js";

let world: World;
let company: Company;

const invoiceOf = (id: number, values = {}) => ({
  quickbooks_id: String(id),
  doc_number: `A-${id}`,
  txn_date: "2026-01-01",
  customer_ref: "1",
  total_amount: "10",
  balance: "10",
  currency: "USD",
  ...values,
});

const paymentOf = (id: number, values = {}) => ({
  quickbooks_id: String(id),
  reference_number: `P-${id}`,
  txn_date: "2026-02-01",
  customer_ref: "1",
  total_amount: "10",
  unapplied_amount: "0",
  currency: "USD",
  ...values,
});

beforeAll(async () => {
  world = await createWorld();
  company = await world.addCompany();
  await company.insert("customers", { quickbooks_id: "1", display_name: "Ada" });
  await company.insert("customers", { quickbooks_id: "2", display_name: "Gone", state: "DELETED" });
  await company.insert("customers", { quickbooks_id: "3", display_name: "Ada: site", parent_ref: "1" });
  await company.insert("accounts", { quickbooks_id: "7", name: "Sales", account_type: "Income", category: "REVENUE" });
  await company.insert("items", { quickbooks_id: "5", name: "Chair", type: "SERVICE", income_account_ref: "7" });
  await company.insert("items", { quickbooks_id: "6", name: "Set", type: "GROUP" });
  await addInvoices();
  await addPayments();
});

afterAll(() => world.close());

async function addInvoices(): Promise<void> {
  const line = { currency: "USD", detail_type: "SalesItemLineDetail" };
  const first = await company.insert("invoices", invoiceOf(10, { txn_date: "2026-01-05" }));
  await company.insertChildren("invoice_lines", first, [
    { ...line, kind: "SALES", line_id: "1", description: "one", amount: "3", item_ref: "5", quantity: "2" },
    { ...line, kind: "GROUP", line_id: "2", description: "set", item_ref: "6", quantity: "1" },
    { ...line, kind: "SALES", line_id: "3", description: "inside", amount: "4", item_ref: "5", group_position: 1 },
    { ...line, kind: "SALES", line_id: "4", description: "inside too", amount: "1", group_position: 1 },
    { ...line, kind: "DISCOUNT", description: "off", amount: "2", is_percent_based: true, discount_percent: "10" },
    { ...line, kind: "OTHER", detail_type: "Strange" },
  ]);
  await company.insert("invoices", invoiceOf(11));
  await company.insert("invoices", invoiceOf(12, { txn_date: "2026-01-02", customer_ref: "2" }));
  await company.insert("invoices", invoiceOf(13, { customer_ref: "99", state: "VOIDED", txn_date: "2025-12-01" }));
  await company.insert("invoices", invoiceOf(14, { state: "DELETED", txn_date: "2025-11-01" }));
}

async function addPayments(): Promise<void> {
  const payment = await company.insert("payments", paymentOf(20));
  await company.insertChildren("payment_applications", payment, [
    { amount: "2.50", currency: "USD", target_type: "Invoice", target_quickbooks_id: "10" },
    { amount: "4", currency: "USD", target_type: "Invoice", target_quickbooks_id: "11" },
    { amount: "1", currency: "USD", target_type: "CreditMemo", target_quickbooks_id: "10" },
    { amount: "9", currency: "USD", target_type: "Customer", target_quickbooks_id: "1" },
    { amount: "1.5", currency: "USD", target_type: "Invoice", target_quickbooks_id: "10" },
  ]);
  const later = await company.insert("payments", paymentOf(21, { txn_date: "2026-02-02" }));
  const to = { amount: "1", currency: "USD", target_type: "Invoice", target_quickbooks_id: "10" };
  await company.insertChildren("payment_applications", later, [to]);
}

test("a reference is followed whatever the state of what it leads to; to null where that is not mirrored", async () => {
  const { nodes } = await world.list(company, "invoices", "nodes { docNumber customer { displayName state } }");
  expect(nodes).toEqual([
    { docNumber: "A-10", customer: { displayName: "Ada", state: "ACTIVE" } },
    { docNumber: "A-12", customer: { displayName: "Gone", state: "DELETED" } },
    { docNumber: "A-11", customer: { displayName: "Ada", state: "ACTIVE" } },
    { docNumber: "A-13", customer: null },
  ]);
});

test("a record lists those that refer to it, with totals, pages, filters and orders of their own", async () => {
  const { nodes } = await world.list(
    company,
    "customers",
    `nodes {
      displayName
      invoices(first: 1) { nodes { docNumber } totalCount pageInfo { hasNextPage hasPreviousPage } }
      oldest: invoices(first: 1, orderBy: { field: TXN_DATE, direction: ASC }) { edges { node { docNumber } } }
      none: invoices(filter: { docNumber: { contains: "x" } }) { nodes { id } totalCount }
      subCustomers { nodes { displayName parent { displayName } } }
    }`,
    { args: 'filter: { quickbooksId: { eq: "1" } }' },
  );
  expect(nodes).toEqual([
    {
      displayName: "Ada",
      invoices: {
        nodes: [{ docNumber: "A-10" }],
        totalCount: 2,
        pageInfo: { hasNextPage: true, hasPreviousPage: false },
      },
      oldest: { edges: [{ node: { docNumber: "A-11" } }] },
      none: { nodes: [], totalCount: 0 },
      subCustomers: { nodes: [{ displayName: "Ada: site", parent: { displayName: "Ada" } }] },
    },
  ]);
});

test("a list through children shows on each edge what the child says", async () => {
  const { nodes } = await world.list(
    company,
    "invoices",
    "nodes { docNumber payments { totalCount edges { amount { amount currency } node { referenceNumber } } } }",
    { args: 'filter: { docNumber: { in: ["A-10", "A-12"] } }' },
  );
  const edge = (amount: string, referenceNumber: string) => ({
    amount: { amount, currency: "USD" },
    node: { referenceNumber },
  });
  expect(nodes).toEqual([
    {
      docNumber: "A-10",
      payments: { totalCount: 3, edges: [edge("1", "P-21"), edge("1.5", "P-20"), edge("2.5", "P-20")] },
    },
    { docNumber: "A-12", payments: { totalCount: 0, edges: [] } },
  ]);
});

const paymentsPage = z.object({
  edges: z.tuple([z.object({ cursor: z.string(), amount: z.object({ amount: z.string() }) })]),
  pageInfo: z.object({ hasNextPage: z.boolean() }),
});

test("a list through children pages by child", async () => {
  const amounts: unknown[] = [];
  for (let after: string | null = null; ;) {
    const { nodes } = await world.list(
      company,
      "invoices",
      "nodes { payments(first: 1, after: $after) { edges { cursor amount { amount } } pageInfo { hasNextPage } } }",
      { args: 'filter: { docNumber: { eq: "A-10" } }', declare: "$after: String", variables: { after } },
    );
    const { edges, pageInfo } = paymentsPage.parse(nodes?.[0]?.["payments"]);
    amounts.push(edges[0].amount.amount);
    if (!pageInfo.hasNextPage) break;
    after = edges[0].cursor;
  }
  expect(amounts).toEqual(["1", "1.5", "2.5"]);
});

test("a polymorphic reference is followed to what is mirrored, and null elsewhere", async () => {
  const { nodes } = await world.list(
    company,
    "payments",
    `nodes { applications { position amount { amount } targetType targetQuickbooksId
      target { __typename id entity ... on Invoice { docNumber } ... on Customer { displayName payments { totalCount } } } } }`,
    { args: 'filter: { referenceNumber: { eq: "P-20" } }' },
  );
  const id = expect.any(String);
  expect(nodes).toEqual([
    {
      applications: [
        {
          amount: "2.5",
          targetType: "Invoice",
          targetQuickbooksId: "10",
          target: { __typename: "Invoice", id, entity: "INVOICE", docNumber: "A-10" },
        },
        {
          amount: "4",
          targetType: "Invoice",
          targetQuickbooksId: "11",
          target: { __typename: "Invoice", id, entity: "INVOICE", docNumber: "A-11" },
        },
        { amount: "1", targetType: "CreditMemo", targetQuickbooksId: "10", target: null },
        {
          amount: "9",
          targetType: "Customer",
          targetQuickbooksId: "1",
          target: { __typename: "Customer", id, entity: "CUSTOMER", displayName: "Ada", payments: { totalCount: 2 } },
        },
        {
          amount: "1.5",
          targetType: "Invoice",
          targetQuickbooksId: "10",
          target: { __typename: "Invoice", id, entity: "INVOICE", docNumber: "A-10" },
        },
      ].map(({ amount, ...rest }, position) => ({ position, amount: { amount }, ...rest })),
    },
  ]);
});

test("children come in order and in their variants, those inside others within them", async () => {
  const { nodes } = await world.list(
    company,
    "invoices",
    `nodes { lines { __typename position kind description amount { amount }
      ... on SalesLine { quantity item { name incomeAccount { name category } } }
      ... on GroupLine { item { name } lines { __typename description amount { amount } ... on SalesLine { item { name } } } }
      ... on DiscountLine { isPercentBased discountPercent }
      ... on OtherLine { detailType } } }`,
    { args: 'filter: { quickbooksId: { eq: "10" } }' },
  );
  const chair = { name: "Chair", incomeAccount: { name: "Sales", category: "REVENUE" } };
  expect(nodes?.[0]?.["lines"]).toEqual([
    {
      __typename: "SalesLine",
      position: 0,
      kind: "SALES",
      description: "one",
      amount: { amount: "3" },
      quantity: "2",
      item: chair,
    },
    {
      __typename: "GroupLine",
      position: 1,
      kind: "GROUP",
      description: "set",
      amount: null,
      item: { name: "Set" },
      lines: [
        { __typename: "SalesLine", description: "inside", amount: { amount: "4" }, item: { name: "Chair" } },
        { __typename: "SalesLine", description: "inside too", amount: { amount: "1" }, item: null },
      ],
    },
    {
      __typename: "DiscountLine",
      position: 4,
      kind: "DISCOUNT",
      description: "off",
      amount: { amount: "2" },
      isPercentBased: true,
      discountPercent: "10",
    },
    { __typename: "OtherLine", position: 5, kind: "OTHER", description: null, amount: null, detailType: "Strange" },
  ]);
});

test("a record's children have ids of their own", async () => {
  const { nodes } = await world.list(company, "invoices", "nodes { lines { id } }");
  const ids = (nodes ?? []).flatMap(({ lines }) =>
    Array.isArray(lines) ? lines.map((line: { id: string }) => line.id) : [],
  );
  expect(ids).toHaveLength(4);
  expect(new Set(ids).size).toBe(4);
});

test("ids of another company or an earlier epoch lead nowhere", async () => {
  const other = await world.addCompany({ organization_id: company.organizationId });
  await other.insert("invoices", invoiceOf(10));
  const { nodes } = await world.list(
    other,
    "invoices",
    "nodes { customer { id } payments { totalCount } lines { id } }",
  );
  expect(nodes).toEqual([{ customer: null, payments: { totalCount: 0 }, lines: [] }]);

  const reset = await world.addCompany({ epoch: 2 });
  await reset.insert("customers", { quickbooks_id: "1", display_name: "Before" });
  await reset.insert("customers", { quickbooks_id: "1", display_name: "After", epoch: 2 });
  await reset.insert("invoices", invoiceOf(1, { epoch: 2 }));
  await reset.insert("invoices", invoiceOf(1, { doc_number: "before" }));
  const selection = "nodes { docNumber customer { displayName invoices { nodes { docNumber } } } }";
  expect((await world.list(reset, "invoices", selection)).nodes).toEqual([
    { docNumber: "A-1", customer: { displayName: "After", invoices: { nodes: [{ docNumber: "A-1" }] } } },
  ]);
});

test("whatever relations are followed, and however many records there are, it is one statement", async () => {
  const busy = await world.addCompany();
  await busy.insert("customers", { quickbooks_id: "1", display_name: "Ada" });
  const scalars = "docNumber txnDate dueDate status totalAmount { amount } balance { amount } currency privateNote";
  const a = `nodes { ${scalars} } pageInfo { hasNextPage endCursor }`;
  const b = `nodes { ${scalars} customer { displayName } } pageInfo { hasNextPage endCursor }`;
  const c = `nodes { ${scalars} customer { displayName invoices { totalCount nodes { docNumber } } } lines { description amount { amount } }
    payments { edges { amount { amount } node { customer { displayName } } } } } totalCount pageInfo { hasNextPage endCursor }`;
  for (let id = 1; id <= 51; id += 1) {
    const invoice = await busy.insert("invoices", invoiceOf(id));
    await busy.insertChildren("invoice_lines", invoice, [{ kind: "SALES", detail_type: "x", description: String(id) }]);
    if (id !== 1 && id !== 51) continue;
    for (const selection of [a, b, c]) {
      const source = `query ($c: ID!) { invoices(connectionId: $c, first: 50) { ${selection} } }`;
      const answer = await world.ask(busy, source, { variables: { c: busy.globalId } });
      expect(answer.errors).toBeUndefined();
      expect(answer.statements).toBe(1);
    }
  }
});
