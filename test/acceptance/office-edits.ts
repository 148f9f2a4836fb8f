import { z } from "zod";
import { encodeId } from "../../src/schema/relay.js";
import { dataOf } from "../http/client.js";
import type { SimulatorProgram } from "../support/simulator.js";
import { databaseId, type Connected, type Workers } from "./workers.js";

/** One edit of a member on the platform, and what QuickBooks holds once it is there. */
export interface OfficeEdit {
  readonly mutation: string;
  readonly entity: string;
  /** Of a record that QuickBooks has. */
  readonly quickbooksId?: string;
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Property and value of that record, or of the only one that has it. */
  readonly shows?: readonly [property: string, value: string];
  readonly endsAs?: "VOIDED" | "DELETED";
}

export interface KeptEdit extends OfficeEdit {
  /** As the database knows it. */
  readonly localChangeId: string;
}

const payload = z.looseObject({
  Id: z.string(),
  PrivateNote: z.string().optional(),
  TotalAmt: z.number().optional(),
  Balance: z.number().optional(),
  Type: z.string().optional(),
  LinkedTxn: z.array(z.object({ TxnType: z.string() })).optional(),
});
export type Held = z.infer<typeof payload>;

/** The records of an entity as QuickBooks has them. */
export async function recordsOf(simulator: SimulatorProgram, entity: string): Promise<Held[]> {
  const found: Held[] = [];
  for await (const text of simulator.records(entity)) found.push(payload.parse(JSON.parse(text)));
  return found;
}

/** What a person can edit, each record once. */
interface Stock {
  take(entity: string): string;
}

async function stockOf(simulator: SimulatorProgram, known: ReadonlyMap<string, string>): Promise<Stock> {
  const [customers, items, accounts, invoices, payments] = await Promise.all(
    ["Customer", "Item", "Account", "Invoice", "Payment"].map(async (entity) => {
      const records = await recordsOf(simulator, entity);
      return records.filter(({ Id }) => known.has(`${entity} ${Id}`));
    }),
  );
  const ids = (records: readonly Held[] = []) => records.map(({ Id }) => Id).reverse();
  const isOpen = ({ TotalAmt = 0, Balance = 0 }: Held) => TotalAmt > 0 && TotalAmt === Balance;
  const isFree = ({ PrivateNote, LinkedTxn = [] }: Held) =>
    PrivateNote?.startsWith("Created by QB Online") !== true && !LinkedTxn.some(({ TxnType }) => TxnType === "Deposit");
  const left = new Map([
    ["Customer", ids(customers)],
    ["Item", ids(items?.filter(({ Type }) => Type === "Service"))],
    ["Account", ids(accounts)],
    ["Open invoice", ids(invoices?.filter(isOpen))],
    ["Invoice", ids(invoices?.filter((each) => !isOpen(each) && (each.TotalAmt ?? 0) > 0))],
    ["Payment", ids(payments?.filter(isFree))],
  ]);
  return {
    take(entity) {
      const id = left.get(entity)?.pop();
      if (id === undefined) throw new Error(`The company has too few records: ${entity}.`);
      return id;
    },
  };
}

type Make = (at: number, stock: Stock, refer: Refer) => OfficeEdit;
/** The global id of one of the records that all refer to. */
type Refer = (entity: "Customer" | "Item") => string;

const noted =
  (entity: string, field: string, property: string): Make =>
  (at, stock) => ({
    ...{ mutation: `update${entity}`, entity, quickbooksId: stock.take(entity) },
    ...{ fields: { [field]: `ours ${at}` }, shows: [property, `ours ${at}`] },
  });
const invoiceNote = noted("Invoice", "privateNote", "PrivateNote");
const customerNote = noted("Customer", "notes", "Notes");
const paymentNote = noted("Payment", "privateNote", "PrivateNote");

const newInvoice: Make = (at, _, refer) => ({
  ...{ mutation: "createInvoice", entity: "Invoice", shows: ["PrivateNote", `new ${at}`] },
  fields: {
    ...{ customerId: refer("Customer"), privateNote: `new ${at}` },
    lines: [{ itemId: refer("Item"), quantity: "2", unitPrice: "12.50", amount: "25.00" }],
  },
});
const newPayment: Make = (at, _, refer) => ({
  ...{ mutation: "createPayment", entity: "Payment", shows: ["PrivateNote", `new ${at}`] },
  fields: { customerId: refer("Customer"), privateNote: `new ${at}`, totalAmount: `${at}.25` },
});
const newCustomer: Make = (at) => ({
  ...{ mutation: "createCustomer", entity: "Customer", shows: ["DisplayName", `New customer ${at}`] },
  fields: { displayName: `New customer ${at}` },
});
const voiding: Make = (_, stock) => ({
  ...{ mutation: "voidInvoice", entity: "Invoice", quickbooksId: stock.take("Open invoice"), endsAs: "VOIDED" },
});
const deleting: Make = (_, stock) => ({
  ...{ mutation: "deletePayment", entity: "Payment", quickbooksId: stock.take("Payment"), endsAs: "DELETED" },
});

/** Of twenty edits fourteen are of transactions, for name lists go one after another. */
const day: readonly Make[] = [
  ...[invoiceNote, customerNote, invoiceNote, newInvoice, invoiceNote, customerNote, paymentNote, invoiceNote],
  ...[newCustomer, invoiceNote, voiding, invoiceNote, noted("Item", "description", "Description"), deleting],
  ...[newPayment, customerNote, paymentNote, noted("Account", "description", "Description"), invoiceNote, invoiceNote],
];

/** So many edits of all entities and kinds, each of another record. */
export async function officeEdits(workers: Workers, company: Connected, count: number): Promise<OfficeEdit[]> {
  const ids = await recordIds(workers, company);
  const stock = await stockOf(workers.simulator, ids);
  const named = { Customer: stock.take("Customer"), Item: stock.take("Item") } as const;
  const refer: Refer = (entity) => encodeId(entity, ids.get(`${entity} ${named[entity]}`) ?? "");
  return Array.from({ length: count }, (_, at) => (day[at % day.length] ?? invoiceNote)(at, stock, refer));
}

const tables = ["customers", "items", "accounts", "invoices", "payments"];
const mirrored = z.object({ entity: z.string(), id: z.string(), quickbooksId: z.string() });

/** Our ids of all that is there and can be edited, by `Customer 17`. */
async function recordIds({ look }: Workers, { id }: Connected): Promise<ReadonlyMap<string, string>> {
  const each = tables.map(
    (table) => `SELECT initcap(rtrim('${table}', 's')) AS entity, id, quickbooks_id AS "quickbooksId"
      FROM ${table} WHERE connection_id = '${id}' AND state = 'ACTIVE'`,
  );
  const rows = await look(mirrored, each.join(" UNION ALL "));
  return new Map(rows.map((row) => [`${row.entity} ${row.quickbooksId}`, row.id]));
}

const answer = z.object({
  localChange: z.object({ id: z.string() }).nullable(),
  userErrors: z.array(z.object({ code: z.string(), message: z.string() })),
});
const editsAtOnce = 20;

/** Makes the edits, some with each request. Throws where one is refused. */
export async function makeEdits(
  workers: Workers,
  company: Connected,
  edits: readonly OfficeEdit[],
): Promise<KeptEdit[]> {
  const ids = await recordIds(workers, company);
  const inputOf = ({ entity, quickbooksId, fields }: OfficeEdit) => ({
    ...(quickbooksId === undefined
      ? { connectionId: company.globalId }
      : { id: encodeId(entity, ids.get(`${entity} ${quickbooksId}`) ?? "") }),
    ...(fields !== undefined && { fields }),
  });
  const kept: KeptEdit[] = [];
  for (let at = 0; at < edits.length; at += editsAtOnce) {
    const some = edits.slice(at, at + editsAtOnce);
    const types = some.map(
      ({ mutation }, index) => `$i${index}: ${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input!`,
    );
    const fields = some.map(
      ({ mutation }, index) =>
        `e${index}: ${mutation}(input: $i${index}) { localChange { id } userErrors { code message } }`,
    );
    const variables = Object.fromEntries(some.map((edit, index) => [`i${index}`, inputOf(edit)]));
    const query = `mutation (${types.join(", ")}) { ${fields.join(" ")} }`;
    const data = await dataOf(workers.web, query, { token: workers.token, variables });
    for (const [index, edit] of some.entries()) {
      const { localChange, userErrors } = answer.parse(data[`e${index}`]);
      if (localChange === null) throw new Error(`${edit.mutation} was refused: ${JSON.stringify(userErrors)}`);
      kept.push({ ...edit, localChangeId: databaseId(localChange.id) });
    }
  }
  return kept;
}

const writesLog = z.object({
  writes: z.array(z.looseObject({ requestId: z.string().optional(), status: z.number(), isReplay: z.boolean() })),
});

/** How often each local change took effect in QuickBooks, by its id without dashes. */
export async function effectsIn(simulator: SimulatorProgram): Promise<ReadonlyMap<string, number>> {
  const { writes } = writesLog.parse(await simulator.control("GET", "writes"));
  const effects = new Map<string, number>();
  for (const { requestId = "", status, isReplay } of writes) {
    const id = requestId.split("-")[0] ?? "";
    if (status === 200 && !isReplay) effects.set(id, (effects.get(id) ?? 0) + 1);
  }
  return effects;
}
