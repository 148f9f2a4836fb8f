import { createRequire } from "node:module";
import type { Simulator } from "../../simulator/index.js";
import type { Connection } from "./support.js";

type Done = (error: unknown, result: unknown) => void;

type Written = "Customer" | "Account" | "Item" | "Invoice" | "Payment";
type Body = Readonly<Record<string, unknown>>;

/** The client as it is called here: its own types are those of another module format. */
export type QuickBooksClient = Reading &
  Writing &
  Record<`${"create" | "update"}${Written}`, (body: Body, done: Done) => void>;

interface Writing {
  deleteInvoice(idOrRecord: string | Body, done: Done): void;
  deletePayment(idOrRecord: string | Body, done: Done): void;
  voidInvoice(idOrRecord: string | Body, done: Done): void;
  voidPayment(record: Body, done: Done): void;
  batch(items: readonly Body[], done: Done): void;
}

interface Reading {
  findCustomers(criteria: unknown, done: Done): void;
  findInvoices(criteria: unknown, done: Done): void;
  findPayments(criteria: unknown, done: Done): void;
  getInvoice(id: string, done: Done): void;
  changeDataCapture(entities: readonly string[] | string, since: Date | string, done: Done): void;
}

interface QuickBooksModule {
  new (
    clientId: string,
    clientSecret: string,
    token: string,
    tokenSecret: boolean,
    realmId: string,
    useSandbox: boolean,
    debug: boolean,
    minorVersion: number,
    oauthVersion: string,
    refreshToken: string,
  ): QuickBooksClient;
  V3_ENDPOINT_BASE_URL: string;
}

const QuickBooks = createRequire(import.meta.url)("node-quickbooks") as QuickBooksModule;

/** The node-quickbooks client, pointed at the simulator. */
export function nodeQuickBooks(simulator: Simulator, { accessToken, realmId }: Connection): QuickBooksClient {
  QuickBooks.V3_ENDPOINT_BASE_URL = `${simulator.apiBaseUrl}/v3/company/`;
  const { clientId, clientSecret } = simulator;
  return new QuickBooks(clientId, clientSecret, accessToken, false, realmId, true, false, 75, "2.0", "");
}

/** The result of a call that takes a callback. */
export function called<T>(use: (done: Done) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    use((error, result) => {
      if (error === null || error === undefined) resolve(result as T);
      else reject(new Error(JSON.stringify(error)));
    });
  });
}
