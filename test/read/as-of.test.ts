import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { z } from "zod";
import { writeAudit } from "../../src/access/audit.js";
import { decodeId } from "../../src/schema/relay.js";
import { lifeBegun } from "../../src/sync/lives.js";
import { storeStatements } from "../../src/sync/store/statements.js";
import { dataOf, send } from "../http/client.js";
import { createEditingWorld, invoicePayload, type EditingWorld } from "../schema/editing-world.js";
import { instantOf } from "./instant.js";

/** Lists as of an instant: what was answered then is what is answered now. */

type Values = Readonly<Record<string, unknown>>;

let world: EditingWorld;

const instant = async (): Promise<string> => (await instantOf(world.gateway.database)).toISOString();

let token = 1;
/** QuickBooks says something new of a record. */
async function change(entity: string, payload: Values): Promise<void> {
  token += 1;
  const LastUpdatedTime = new Date(Date.UTC(2026, 5, 1) + token * 1_000).toISOString();
  const MetaData = { CreateTime: "2026-01-01T00:00:00Z", LastUpdatedTime };
  await world.mirror(entity, { ...payload, SyncToken: String(token), MetaData });
}

const usd = { CurrencyRef: { value: "USD" } };
const applied = (TxnId: string, Amount: number) => ({ Amount, LinkedTxn: [{ TxnId, TxnType: "Invoice" }] });
const paid = (Line: readonly unknown[], changes: Values = {}): Values => ({
  ...{ Id: "1", TxnDate: "2026-05-02", CustomerRef: { value: "1" }, TotalAmt: 250, UnappliedAmt: 50, ...usd, Line },
  ...changes,
});
const soldLine = (item: string, amount: number) => ({
  Id: "1",
  Amount: amount,
  DetailType: "SalesItemLineDetail",
  SalesItemLineDetail: { ItemRef: { value: item }, Qty: 1, UnitPrice: amount },
});

/** What happens to the books, one after the other. */
const history: readonly (() => Promise<unknown>)[] = [
  () => change("Customer", { Id: "1", DisplayName: "Ada Ltd", Balance: 300, ...usd, Active: true }),
  () => change("Invoice", invoicePayload("2", { Balance: 120, DocNumber: "2nd" })),
  () => change("Item", { Id: "1", Name: "Stool", Type: "Service", IncomeAccountRef: { value: "2" } }),
  () => change("Invoice", invoicePayload("1", { CustomerRef: { value: "2" }, Line: [soldLine("2", 300)] })),
  () => change("Payment", paid([applied("2", 100), applied("1", 50)])),
  () => change("Invoice", invoicePayload("3", { TxnDate: "2026-05-03", Balance: 90 })),
  // Nothing else has the id that this one is found by.
  () => change("Invoice", invoicePayload("4", { CustomerRef: { value: "3" }, Balance: 10 })),
  () => change("Invoice", invoicePayload("4", { CustomerRef: { value: "3" }, Balance: 5 })),
  () => change("Account", { Id: "2", Name: "Giro", AccountType: "Bank", AccountSubType: "Checking" }),
  () => world.remove("Payment", "1"),
  () => change("Customer", { Id: "2", DisplayName: "Bob", ParentRef: { value: "1" }, Job: true, Balance: 1, ...usd }),
  () => world.edit("createCustomer", { connectionId: world.connectionId, fields: { displayName: "Waits" } }),
  () => world.remove("Invoice", "2"),
  () => change("Payment", paid([applied("3", 90)], { Id: "2", UnappliedAmt: 160 })),
  () => change("Invoice", invoicePayload("3", { Balance: 0 })),
  () => change("Customer", { Id: "1", DisplayName: "Ada (deleted)", Balance: 0, ...usd, Active: false }),
];

const whole = "totalCount pageInfo { hasNextPage }";
const invoice = `id version state mirroredAt docNumber status balance { amount currency } raw customer { id version displayName parent { displayName } }
  lines { id position amount { amount } ... on SalesLine { quantity item { version name incomeAccount { name } } } }
  payments { ${whole} edges { amount { amount } node { version referenceNumber } } }`;
const customer = `id quickbooksId version displayName state parent { displayName } subCustomers { totalCount nodes { displayName } }
  invoices(first: 1, orderBy: { field: BALANCE, direction: DESC }) { ${whole} nodes { docNumber balance { amount } lines { position } } }
  payments { nodes { unappliedAmount { amount } applications { amount { amount } target { ... on Invoice { docNumber state } } } } }`;

/** Questions, with a place for the instant. */
const questions: readonly ((asOf: string) => string)[] = [
  (asOf) => `invoices(connectionId: $c ${asOf}) { ${whole} nodes { ${invoice} } }`,
  (asOf) =>
    `invoices(connectionId: $c first: 2, orderBy: { field: BALANCE, direction: ASC } ${asOf}) { ${whole} nodes { ${invoice} } }`,
  (asOf) => `invoices(connectionId: $c filter: { customerId: { eq: $ada } } ${asOf}) { ${whole} nodes { docNumber } }`,
  (asOf) =>
    `invoices(connectionId: $c filter: { balance: { gte: "100" }, state: { in: [ACTIVE, DELETED] } } ${asOf}) { ${whole} nodes { docNumber state } }`,
  (asOf) =>
    `customers(connectionId: $c orderBy: { field: DISPLAY_NAME, direction: DESC } ${asOf}) { ${whole} nodes { ${customer} } }`,
  (asOf) => `customers(connectionId: $c filter: { search: "ada" } ${asOf}) { ${whole} edges { node { displayName } } }`,
  (asOf) =>
    `payments(connectionId: $c filter: { state: { in: [ACTIVE, DELETED] } } ${asOf}) { ${whole} nodes { version state customer { displayName } applications { target { ... on Invoice { balance { amount } } } } } }`,
  (asOf) =>
    `items(connectionId: $c ${asOf}) { ${whole} nodes { name version incomeAccount { name currentBalance { amount } } } }`,
  (asOf) => `accounts(connectionId: $c orderBy: { field: NAME, direction: ASC } ${asOf}) { ${whole} nodes { name } }`,
];

let ada: string;
async function ask(question: string): Promise<unknown> {
  const declared = question.includes("$ada") ? "$c: ID!, $ada: ID!" : "$c: ID!";
  const asked = { token: world.tokens.OPERATOR, variables: { c: world.connectionId, ada } };
  return (await dataOf(world.gateway, `query (${declared}) { answer: ${question} }`, asked))["answer"];
}

interface Moment {
  readonly at: string;
  readonly answers: readonly unknown[];
}
const moments: Moment[] = [];
let before: string;

async function look(): Promise<Moment> {
  const answers = await Promise.all(questions.map((question) => ask(question(""))));
  return { answers, at: await instant() };
}

beforeAll(async () => {
  world = await createEditingWorld();
  ada = await world.idOf("customers", "1");
  const { rows } = await world.gateway.database.pool.query("SELECT min(mirrored_at) AS at FROM accounts");
  before = new Date(z.object({ at: z.date() }).parse(rows[0]).at.getTime() - 1).toISOString();
  await instant();
  moments.push(await look());
  for (const happen of history) {
    await happen();
    moments.push(await look());
  }
}, 120_000);

afterAll(() => world.stop());

test("a list as of an instant is what it was then: records, relations both ways, rows inside, filters, orders, totals", async () => {
  for (const [step, { at, answers }] of moments.entries()) {
    for (const [index, question] of questions.entries()) {
      const asked = { step, question: question(""), answer: await ask(question(`asOf: "${at}"`)) };
      expect(asked).toEqual({ step, question: question(""), answer: answers[index] });
    }
  }
  const different = new Set(moments.map(({ answers }) => JSON.stringify(answers)));
  expect(different.size).toBe(moments.length);
});

test("a record stands once in every past, also where a change overtook one that had begun before it", async () => {
  const { gateway } = world;
  const [plugin] = gateway.services.plugins.filter(({ name }) => name === "Item");
  if (plugin === undefined) throw new Error("Items are not mirrored.");
  const id = decodeId(await world.idOf("items", "2"))?.id;
  const statements = storeStatements(plugin);
  const between = await gateway.database.transaction(async (client) => {
    await client.query("SELECT now()");
    const began = await instant();
    await change("Item", { Id: "2", Name: "Overtakes", Type: "Service", IncomeAccountRef: { value: "1" } });
    await client.query(statements.keepVersions, [[id], plugin.name]);
    await client.query(statements.remove, [[id], "DELETED"]);
    return began;
  });
  const list = (asOf: string) =>
    ask(`items(connectionId: $c, filter: { quickbooksId: { eq: "2" }, state: { in: [ACTIVE, INACTIVE, DELETED] } }
      ${asOf}) { totalCount nodes { name state } }`);
  const lamp = { totalCount: 1, nodes: [{ name: "Lamp (deleted)", state: "INACTIVE" }] };
  expect(await list(`asOf: "${between}"`)).toEqual(lamp);
  const gone = { totalCount: 1, nodes: [{ name: "Overtakes", state: "DELETED" }] };
  expect(await list(`asOf: "${await instant()}"`)).toEqual(gone);
  expect(await list("")).toEqual(gone);
});

test("before it was first mirrored, a record is absent", async () => {
  for (const plural of ["accounts", "customers", "invoices", "items", "payments"]) {
    const answer = await ask(`${plural}(connectionId: $c, asOf: "${before}") { totalCount nodes { id } }`);
    expect({ plural, answer }).toEqual({ plural, answer: { totalCount: 0, nodes: [] } });
  }
});

test("pages as of an instant hold each record once, whatever changes between them", async () => {
  const at = await instant();
  const page = z.object({
    nodes: z.array(z.object({ displayName: z.string() })),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string() }),
  });
  const list = (args: string) =>
    `customers(connectionId: $c, first: 1, asOf: "${at}", orderBy: { field: DISPLAY_NAME, direction: ASC } ${args}) { nodes { displayName } pageInfo { hasNextPage endCursor } }`;
  const expected = z
    .object({ nodes: z.array(z.object({ displayName: z.string() })) })
    .parse(
      await ask(
        `customers(connectionId: $c, orderBy: { field: DISPLAY_NAME, direction: ASC }) { nodes { displayName } }`,
      ),
    );
  const seen: unknown[] = [];
  for (let after = "", hasNext = true; hasNext && seen.length <= expected.nodes.length;) {
    const { nodes, pageInfo } = page.parse(await ask(list(after)));
    seen.push(...nodes);
    hasNext = pageInfo.hasNextPage;
    after = `after: "${pageInfo.endCursor}"`;
    await change("Customer", { Id: "3", DisplayName: `A${token}`, Balance: 0, ...usd, Active: true });
    await change("Customer", { Id: `new-${token}`, DisplayName: `Z${token}`, Balance: 0, ...usd, Active: true });
  }
  expect(seen).toEqual(expected.nodes);
  expect(seen.length).toBeGreaterThan(2);
});

test("a cursor belongs to its instant", async () => {
  const at = await instant();
  const list = (args: string) => `customers(connectionId: $c, first: 1 ${args}) { pageInfo { endCursor } }`;
  const { pageInfo } = z
    .object({ pageInfo: z.object({ endCursor: z.string() }) })
    .parse(await ask(list(`asOf: "${at}"`)));
  const after = `after: "${pageInfo.endCursor}"`;
  for (const args of [after, `${after} asOf: "${before}"`]) {
    const query = `query ($c: ID!) { ${list(args)} }`;
    const variables = { c: world.connectionId };
    const { errors } = await send(world.gateway, query, { token: world.tokens.VIEWER, variables });
    expect(errors?.[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", reason: "INVALID_CURSOR" });
  }
});

test("an instant to come is the mirror as it is", async () => {
  const question = questions[4] ?? String;
  expect(await ask(question('asOf: "2099-01-01T00:00:00Z"'))).toEqual(await ask(question("")));
});

test("another organization's company has no past either", async () => {
  const query = `query ($c: ID!) { customers(connectionId: $c, asOf: "${moments[0]?.at ?? ""}") { totalCount } }`;
  const stranger = await (await world.gateway.newFirm()).token("ADMIN");
  const asked = { token: stranger, variables: { c: world.connectionId } };
  expect(await dataOf(world.gateway, query, asked)).toEqual({ customers: null });
});

test("payloads of the past are for those who may see payloads", async () => {
  const query = `query ($c: ID!) { invoices(connectionId: $c, asOf: "${moments[0]?.at ?? ""}") { nodes { raw } } }`;
  const variables = { c: world.connectionId };
  const viewer = await dataOf(world.gateway, query, { token: world.tokens.VIEWER, variables });
  expect(viewer).toEqual({ invoices: { nodes: [{ raw: null }, { raw: null }] } });
  const operator = await dataOf(world.gateway, query, { token: world.tokens.OPERATOR, variables });
  expect(JSON.stringify(operator)).toContain('"DocNumber":"102"');
});

test("after a company was reset, its earlier life is read as of an instant in it", async () => {
  const { gateway, firm, connectionId } = world;
  const at = await instant();
  const question = `customers(connectionId: $c ORDER) { totalCount nodes { displayName invoices { totalCount } } }`;
  const answer = await ask(question.replace("ORDER", ""));
  const id = decodeId(connectionId)?.id ?? "";
  await gateway.database.transaction(async (client) => {
    await client.query("UPDATE connections SET epoch = 2 WHERE id = $1", [id]);
    await writeAudit(client, {
      ...{ organizationId: firm.organizationId, actor: { kind: "SYSTEM", name: "QuickBooks" }, action: lifeBegun },
      ...{ subjectType: "ConnectedCompany", subjectId: id, before: { epoch: 1 }, after: { epoch: 2 } },
    });
  });
  expect(await ask(question.replace("ORDER", ""))).toEqual({ totalCount: 0, nodes: [] });
  expect(await ask(question.replace("ORDER", `asOf: "${at}"`))).toEqual(answer);
  expect(await ask(question.replace("ORDER", `asOf: "${await instant()}"`))).toEqual({ totalCount: 0, nodes: [] });
});
