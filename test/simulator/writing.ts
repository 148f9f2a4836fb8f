import type { Company, Simulator, SimulatorOptions } from "../../simulator/index.js";
import { connect, withSimulator } from "./support.js";
import type { Connection } from "./support.js";

export type Json = Readonly<Record<string, unknown>>;

export interface Answered {
  readonly status: number;
  readonly text: string;
  readonly json: Json;
}

/** An app that writes into a company, and a person at work in the same one. */
export interface World {
  readonly simulator: Simulator;
  readonly company: Company;
  readonly connection: Connection;
  /** A customer of the company. */
  readonly customer: string;
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answered>;
  /** What the record is after a write, which must succeed. */
  write(entity: string, body: unknown, parameters?: string): Promise<Json>;
  /** The code, element and detail of a write's fault; it must be refused. */
  refused(entity: string, body: unknown, parameters?: string): Promise<Fault>;
  /** The record as a read by id serves it. */
  read(entity: string, id: string): Promise<Json>;
}

export interface Fault {
  readonly code: string;
  readonly element?: string;
  readonly Message: string;
  readonly Detail: string;
}

export function faultOf({ status, json, text }: Answered): Fault {
  const fault = json["Fault"] as { readonly Error: readonly [Fault] } | undefined;
  if (status !== 400 || !fault) throw new Error(`This was to be refused: ${String(status)} ${text}`);
  return fault.Error[0];
}

export function recordOf({ status, json, text }: Answered, entity: string): Json {
  const record = json[entity];
  if (status !== 200 || record === undefined) throw new Error(`This was to be done: ${String(status)} ${text}`);
  return record as Json;
}

export async function withWriter(use: (world: World) => Promise<void>, options: SimulatorOptions = {}): Promise<void> {
  await withSimulator({ companies: [{ realmId: "101", size: 0 }], ...options }, async (simulator) => {
    const [company] = simulator.companies.values();
    if (!company) throw new Error("The simulator has no company.");
    const connection = await connect(simulator);
    const customer = company.create("Customer", { DisplayName: "Fern & Co" });
    await use(worldOf(simulator, company, connection, customer));
  });
}

function worldOf(simulator: Simulator, company: Company, connection: Connection, customer: string): World {
  const post = async (
    path: string,
    body: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answered> => {
    const response = await fetch(`${simulator.apiBaseUrl}/v3/company/${connection.realmId}/${path}`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${connection.accessToken}`,
        accept: "application/json",
        "content-type": "application/json",
        ...headers,
      },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json") === true;
    return { status: response.status, text, json: isJson ? (JSON.parse(text) as Json) : {} };
  };
  const send = (entity: string, body: unknown, parameters: string): Promise<Answered> =>
    post(`${entity.toLowerCase()}?minorversion=75${parameters === "" ? "" : `&${parameters}`}`, body);
  return {
    simulator,
    company,
    connection,
    customer,
    post,
    write: async (entity, body, parameters = "") => recordOf(await send(entity, body, parameters), entity),
    refused: async (entity, body, parameters = "") => faultOf(await send(entity, body, parameters)),
    read: async (entity, id) => {
      const response = await connection.get(`${entity.toLowerCase()}/${id}`);
      return ((await response.json()) as Record<string, Json>)[entity] ?? {};
    },
  };
}

/** The body of an invoice of one line. */
export function invoiceOf(customer: string, amount: number, more: Json = {}): Json {
  return {
    CustomerRef: { value: customer },
    Line: [{ Amount: amount, DetailType: "SalesItemLineDetail", SalesItemLineDetail: { ItemRef: { value: "1" } } }],
    ...more,
  };
}

/** The body of a payment that settles invoices. */
export function paymentOf(customer: string, amount: number, ...settled: readonly (readonly [string, number])[]): Json {
  return {
    CustomerRef: { value: customer },
    TotalAmt: amount,
    Line: settled.map(([id, part]) => ({ Amount: part, LinkedTxn: [{ TxnId: id, TxnType: "Invoice" }] })),
  };
}

/** Id and token of a record, as every edit of it needs them. */
export function named(record: Json): Json {
  return { Id: record["Id"], SyncToken: record["SyncToken"] };
}
