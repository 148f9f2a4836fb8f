import { randomUUID } from "node:crypto";
import { expect } from "@jest/globals";
import { z } from "zod";
import { RecordSlice } from "../../src/foundation/json.js";
import { decodeId, encodeId } from "../../src/schema/relay.js";
import { createStore } from "../../src/sync/store/store.js";
import { connectCompany, dataOf } from "../http/client.js";
import { type Firm, type Gateway, startGateway } from "../http/gateway.js";

/** A gateway with one firm, and a company whose mirror holds a few records of every entity. */
export interface EditingWorld {
  readonly gateway: Gateway;
  readonly firm: Firm;
  readonly tokens: { readonly ADMIN: string; readonly OPERATOR: string; readonly VIEWER: string };
  /** The global id. */
  readonly connectionId: string;
  /** What QuickBooks answers: it is taken into the mirror. */
  mirror(entity: string, payload: Payload): Promise<void>;
  /** It is not in QuickBooks any more. */
  remove(entity: string, quickbooksId: string): Promise<void>;
  /** Gives this firm a company like the one that is mirrored, but empty; its global id. */
  newCompany(owner: Firm): Promise<string>;
  /** The global id of a record that is mirrored. */
  idOf(plural: string, quickbooksId: string): Promise<string>;
  /** Sends a mutation as an OPERATOR; gives its payload. */
  edit(name: string, input: object, selection?: string): Promise<EditAnswer>;
  stop(): Promise<void>;
}

type Payload = Readonly<Record<string, unknown>>;

const fieldChange = z.object({ path: z.string(), label: z.string(), before: z.unknown(), after: z.unknown() });
const editAnswer = z.object({
  record: z.record(z.string(), z.unknown()).nullish(),
  localChange: z
    .object({ id: z.string(), status: z.string(), operation: z.string(), fields: z.array(fieldChange) })
    .nullish(),
  preview: z
    .object({
      operation: z.string(),
      fields: z.array(fieldChange),
      request: z.record(z.string(), z.unknown()).nullish(),
    })
    .nullish(),
  userErrors: z.array(z.object({ code: z.string(), field: z.array(z.string()).nullable(), message: z.string() })),
});
export type EditAnswer = z.infer<typeof editAnswer>;

const fields = "fields { path label before { text value } after { text value } }";
export const wholeAnswer = `record { id version quickbooksId state } localChange { id status operation ${fields} }
  preview { operation ${fields} request } userErrors { code field message }`;

const times = { CreateTime: "2026-01-01T00:00:00Z", LastUpdatedTime: "2026-01-01T00:00:00Z" };
export const usd = { CurrencyRef: { value: "USD" } };
const sale = (id: string, amount: number) => ({
  Id: id,
  Amount: amount,
  Description: `Chairs ${id}`,
  DetailType: "SalesItemLineDetail",
  SalesItemLineDetail: { ItemRef: { value: "1" }, Qty: 2, UnitPrice: amount / 2, TaxCodeRef: { value: "NON" } },
});
export const invoicePayload = (id: string, changes: Payload = {}): Payload => ({
  ...{ Id: id, DocNumber: `10${id}`, TxnDate: "2026-05-01", CustomerRef: { value: "1" }, TotalAmt: 300, Balance: 300 },
  ...usd,
  Line: [sale("1", 200), sale("2", 100), { Amount: 300, DetailType: "SubTotalLineDetail", SubTotalLineDetail: {} }],
  ...changes,
});
const applied = (TxnId: string, Amount: number, TxnType = "Invoice") => ({ Amount, LinkedTxn: [{ TxnId, TxnType }] });

const records: readonly (readonly [entity: string, payload: Payload])[] = [
  ["Account", { Id: "1", Name: "Sales", AccountType: "Income", AccountSubType: "SalesOfProductIncome" }],
  ["Account", { Id: "2", Name: "Checking", AccountType: "Bank", AccountSubType: "Checking" }],
  ["Account", { Id: "3", Name: "Old (deleted)", AccountType: "Bank", Active: false }],
  ["Customer", { Id: "1", DisplayName: "Ada", Notes: "Calls on Mondays", Balance: 400, ...usd, Active: true }],
  ["Customer", { Id: "2", DisplayName: "Bob", Balance: 0, ...usd, Active: true }],
  ["Customer", { Id: "3", DisplayName: "Cem (deleted)", Balance: 0, ...usd, Active: false }],
  ["Item", { Id: "1", Name: "Chair", Type: "Service", UnitPrice: 50, IncomeAccountRef: { value: "1" } }],
  ["Item", { Id: "2", Name: "Lamp (deleted)", Type: "Service", IncomeAccountRef: { value: "1" }, Active: false }],
  ["Invoice", invoicePayload("1")],
  ["Invoice", invoicePayload("2")],
  [
    "Payment",
    {
      ...{ Id: "1", TxnDate: "2026-05-02", CustomerRef: { value: "1" }, TotalAmt: 250, UnappliedAmt: 150, ...usd },
      Line: [applied("1", 70), applied("9", 30, "CreditMemo")],
    },
  ],
];

export async function createEditingWorld(): Promise<EditingWorld> {
  const gateway = await startGateway();
  const firm = await gateway.newFirm();
  const [ADMIN, OPERATOR, VIEWER] = await Promise.all([
    firm.token("ADMIN"),
    firm.token("OPERATOR"),
    firm.token("VIEWER"),
  ]);
  const tokens = { ADMIN, OPERATOR, VIEWER };
  const { connectionId } = await connectCompany(gateway, ADMIN);
  const store = createStore(gateway.database, gateway.streams);
  await gateway.database.pool.query("UPDATE connections SET home_currency = 'USD'");

  const own = { connectionId: decodeId(connectionId)?.id ?? "", epoch: 1 };
  const pluginOf = (entity: string) => {
    const plugin = gateway.services.plugins.find(({ name }) => name === entity);
    if (plugin === undefined) throw new Error(`No plugin is named ${entity}.`);
    return plugin;
  };
  const mirror = async (entity: string, payload: Payload): Promise<void> => {
    const text = JSON.stringify({ SyncToken: "0", MetaData: times, ...payload });
    const page = { ...own, plugin: pluginOf(entity), runId: randomUUID() };
    const whole = { ...page, records: [new RecordSlice(Buffer.from(text), String(payload["Id"]))], request: "a test" };
    await store.save({ ...whole, answeredAt: new Date(), isLifeCertain: true }, ({}, { refused }) => {
      expect(refused).toBe(0);
      return Promise.resolve();
    });
  };
  for (const [entity, payload] of records) await mirror(entity, payload);

  return {
    gateway,
    firm,
    tokens,
    connectionId,
    mirror,
    async remove(entity, quickbooksId) {
      await store.remove(own, pluginOf(entity), [quickbooksId], () => Promise.resolve());
    },
    async newCompany({ organizationId }) {
      const id = randomUUID();
      const changes = { id, organization_id: organizationId, realm_lookup: id };
      const copy = "INSERT INTO connections SELECT (jsonb_populate_record(c, $2)).* FROM connections c WHERE id = $1";
      await gateway.database.pool.query(copy, [own.connectionId, JSON.stringify(changes)]);
      return encodeId("ConnectedCompany", id);
    },
    async idOf(plural, quickbooksId) {
      const query = `query ($c: ID!, $q: String!) { ${plural}(connectionId: $c, filter: { quickbooksId: { eq: $q }, state: { in: [ACTIVE, INACTIVE, VOIDED, DELETED] } }) { nodes { id } } }`;
      const variables = { c: connectionId, q: quickbooksId };
      const data = await dataOf(gateway, query, { token: VIEWER, variables });
      const page = z.object({ nodes: z.array(z.object({ id: z.string() })) }).parse(data[plural]);
      const [record] = page.nodes;
      if (record === undefined) throw new Error(`${plural} ${quickbooksId} is not mirrored.`);
      return record.id;
    },
    async edit(name, input, selection = wholeAnswer) {
      const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input!`;
      const query = `mutation ($input: ${type}) { ${name}(input: $input) { ${selection} } }`;
      const data = await dataOf(gateway, query, { token: OPERATOR, variables: { input } });
      return editAnswer.parse(data[name]);
    },
    stop: () => gateway.stop(),
  };
}
