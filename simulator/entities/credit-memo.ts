import { Money, centsOf } from "../company/value.js";
import type { Row } from "../company/table.js";
import { identity, kept, writable } from "./definition.js";
import type { Entity } from "./definition.js";
import { completeSalesTransaction, homeAmount, saleLengths, salePostings, isVoided, voidedSale } from "./sale.js";

function remaining(row: Row): number {
  return centsOf(row.fields["TotalAmt"]) - row.applied;
}

/** Credit memos. Source: Credit memo reference; field order as recorded in 2026. */
export const creditMemo: Entity = {
  name: "CreditMemo",
  sequence: "transactions",
  totalCount: false,
  defaultOrder: { property: "MetaData.LastUpdatedTime", descending: true },
  fields: [
    { name: "RemainingCredit", shown: (row) => new Money(remaining(row)) },
    ...identity,
    ...writable("CustomField"),
    { name: "DocNumber", writable: true, kept: true, kind: "text", filter: true, sort: true },
    { name: "TxnDate", writable: true, kind: "date", filter: true, sort: true },
    ...writable("DepartmentRef"),
    { name: "CurrencyRef" },
    ...kept("ExchangeRate"),
    ...writable("PrivateNote", "Line"),
    { name: "TxnTaxDetail" },
    { name: "CustomerRef", writable: true, kind: "reference", filter: true },
    ...writable("CustomerMemo", "BillAddr", "ShipAddr", "FreeFormAddress", "ShipFromAddr", "ClassRef"),
    { name: "TotalAmt", kind: "number", filter: true, sort: true },
    { name: "HomeTotalAmt", shown: ({ fields }) => homeAmount(fields, centsOf(fields["TotalAmt"])) },
    ...writable("ApplyTaxAfterDiscount", "PrintStatus", "EmailStatus", "BillEmail"),
    { name: "Balance", kind: "number", filter: true, sort: true, shown: (row) => new Money(remaining(row)) },
    { name: "HomeBalance", shown: (row) => homeAmount(row.fields, remaining(row)) },
  ],
  lengths: saleLengths,
  complete: (context, draft) => completeSalesTransaction(context, draft, "CreditMemo"),
  postings: (context, fields) => salePostings(context, fields, -1),
  voided: voidedSale,
  isVoided,
};
