import { Clock, Company } from "../../simulator/index.js";
import type { Notice } from "../../simulator/index.js";
import { defaultSwitches } from "../../simulator/switches.js";
import type { Switches } from "../../simulator/switches.js";

type Json = Readonly<Record<string, unknown>>;

export interface Book {
  readonly clock: Clock;
  readonly company: Company;
  /** Two customers. */
  readonly fern: string;
  readonly moss: string;
  readonly notices: Notice[];
  get(entity: string, id: string): Json;
  stamp(entity: string, id: string): string;
  invoice(customer: string, amount: number): string;
  pay(customer: string, amount: number, invoice: string): string;
}

export function book(switches: Partial<Switches> = {}): Book {
  const clock = new Clock();
  const company = new Company({ size: 0 }, clock, { ...defaultSwitches, ...switches });
  const fern = company.create("Customer", { DisplayName: "Fern & Co" });
  const moss = company.create("Customer", { DisplayName: "Moss" });
  const notices: Notice[] = [];
  company.onNotices = (told) => notices.push(...told);
  const get = (entity: string, id: string): Json => JSON.parse(company.record(entity, id)?.text ?? "{}") as Json;
  return {
    clock,
    company,
    fern,
    moss,
    notices,
    get,
    stamp: (entity, id) => JSON.stringify([get(entity, id)["SyncToken"], get(entity, id)["MetaData"]]),
    invoice: (customer, amount) =>
      company.create("Invoice", {
        CustomerRef: { value: customer },
        Line: [{ Amount: amount, DetailType: "SalesItemLineDetail", SalesItemLineDetail: { ItemRef: { value: "1" } } }],
      }),
    pay: (customer, amount, invoice) =>
      company.create("Payment", {
        CustomerRef: { value: customer },
        TotalAmt: amount,
        Line: [{ Amount: amount, LinkedTxn: [{ TxnId: invoice, TxnType: "Invoice" }] }],
      }),
  };
}

export function told({ notices }: Book): readonly string[] {
  return notices.map(({ operation, entity, id }) => `${operation} ${entity} ${id}`);
}
