import { recordTime } from "../pacific.js";
import { Money, centsOf, idOf, isList, textOf } from "../company/value.js";
import type { Fields, Value } from "../company/value.js";
import type { Row } from "../company/table.js";
import { identity, kept, writable } from "./definition.js";
import type { Context, Draft, Entity, Field } from "./definition.js";
import { completeSalesTransaction, homeAmount, saleLengths, salePostings, isVoided, voidedSale } from "./sale.js";

const termDays: Readonly<Record<string, number>> = { "1": 0, "2": 15, "3": 30, "4": 60 };

export function daysAfter(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

function complete(context: Context, draft: Draft): Fields {
  const fields = completeSalesTransaction(context, draft, "Invoice");
  const days = termDays[idOf(fields["SalesTermRef"]) ?? "3"] ?? 30;
  const mail = context.find("Customer", idOf(fields["CustomerRef"]) ?? "")?.fields["PrimaryEmailAddr"];
  return {
    AllowIPNPayment: false,
    AllowOnlinePayment: false,
    AllowOnlineCreditCardPayment: false,
    AllowOnlineACHPayment: false,
    BillEmail: mail,
    DueDate: daysAfter(textOf(fields["TxnDate"]) ?? draft.today, days),
    ...fields,
  };
}

function open(row: Row): number {
  return centsOf(row.fields["TotalAmt"]) - row.applied;
}

/** Payments, the newest first, then whatever else the invoice came from. */
function linked(row: Row): Value {
  const others = row.fields["LinkedTxn"];
  const payments = row.appliedBy.map((id) => ({ TxnId: id, TxnType: "Payment" }));
  return isList(others) ? [...payments, ...others] : payments;
}

const metaData: Field = {
  name: "MetaData",
  shown: (row) => ({
    CreateTime: recordTime(row.createdAt),
    LastModifiedByRef: { value: "9130350000000000021" },
    LastUpdatedTime: recordTime(row.updatedAt),
  }),
};

/** Invoices. Source: Invoice reference; field order and ways of looking as recorded in 2026. */
export const invoice: Entity = {
  name: "Invoice",
  sequence: "transactions",
  totalCount: true,
  defaultOrder: { property: "MetaData.LastUpdatedTime", descending: true },
  fields: [
    ...writable("AllowIPNPayment", "AllowOnlinePayment", "AllowOnlineCreditCardPayment", "AllowOnlineACHPayment"),
    {
      name: "InvoiceLink",
      ways: ["read", "update"],
      shown: ({ id }) => `https://connect.intuit.com/simulated/invoice/${id}?locale=en_US&cta=v3invoicelink`,
    },
    ...identity.map((field) => (field.name === "MetaData" ? metaData : field)),
    ...writable("CustomField"),
    { name: "DocNumber", writable: true, kept: true, kind: "text", filter: true, sort: true },
    { name: "TxnDate", writable: true, kind: "date", filter: true, sort: true },
    ...writable("DepartmentRef"),
    { name: "CurrencyRef" },
    ...kept("ExchangeRate"),
    ...writable("PrivateNote"),
    { name: "LinkedTxn", shown: linked },
    ...writable("Line"),
    { name: "TxnTaxDetail" },
    { name: "CustomerRef", writable: true, kind: "reference", filter: true },
    ...writable("CustomerMemo", "BillAddr", "ShipAddr", "FreeFormAddress", "ShipFromAddr", "ClassRef"),
    { name: "SalesTermRef", writable: true, kind: "reference", filter: true },
    { name: "DueDate", writable: true, kind: "date", filter: true, sort: true },
    ...writable("ShipDate", "TrackingNum", "ShipMethodRef"),
    { name: "TotalAmt", kind: "number", filter: true, sort: true },
    { name: "HomeTotalAmt", shown: ({ fields }) => homeAmount(fields, centsOf(fields["TotalAmt"])) },
    ...writable("ApplyTaxAfterDiscount", "PrintStatus", "EmailStatus", "BillEmail", "BillEmailCc", "BillEmailBcc"),
    { name: "Balance", kind: "number", filter: true, sort: true, shown: (row) => new Money(open(row)) },
    { name: "HomeBalance", shown: (row) => homeAmount(row.fields, open(row)) },
    ...writable("DeliveryInfo"),
  ],
  lengths: saleLengths,
  voidedBy: "operation",
  complete,
  postings: (context, fields) => salePostings(context, fields, 1),
  voided: voidedSale,
  isVoided,
};
