import { Money, centsOf, idOf, listOf, textOf } from "../company/value.js";
import type { Fields } from "../company/value.js";
import type { Row } from "../company/table.js";
import { EditRefused, identity, kept, writable } from "./definition.js";
import type { Application, Context, Draft, Entity, Posting } from "./definition.js";
import { missing, unknownReference } from "./refused.js";
import { currencyOf, customerOf, homeCents, isVoided, voidedNote } from "./sale.js";

/** The memo of the zero-amount payment with which QuickBooks itself applies a credit memo to an invoice. */
export const creditLinkNote = "Created by QB Online to link credits to charges.";

function applications(fields: Fields): readonly Application[] {
  return listOf(fields["Line"]).flatMap((line) => {
    const [link] = listOf(line["LinkedTxn"]);
    const entity = textOf(link?.["TxnType"]);
    const id = textOf(link?.["TxnId"]);
    return entity !== undefined && id !== undefined ? [{ entity, id, cents: centsOf(line["Amount"]) }] : [];
  });
}

function nameValue(name: string, value: string): Fields {
  return {
    name: "{http://schema.intuit.com/finance/v3}NameValue",
    declaredType: "com.intuit.schema.finance.v3.NameValue",
    scope: "javax.xml.bind.JAXBElement$GlobalScope",
    value: { Name: name, Value: value },
    nil: false,
    globalScope: true,
    typeSubstituted: false,
  };
}

function root(context: Context, customer: Row): Row {
  const parent = context.find("Customer", idOf(customer.fields["ParentRef"]) ?? "");
  return parent ? root(context, parent) : customer;
}

function target(context: Context, customer: Row, { entity, id }: Application): Row {
  const row = entity === "Invoice" || entity === "CreditMemo" ? context.find(entity, id) : undefined;
  if (!row) throw unknownReference("Payment.Line.LinkedTxn", entity, id);
  const owner = context.find("Customer", idOf(row.fields["CustomerRef"]) ?? "");
  if (!owner || root(context, owner) !== root(context, customer)) {
    throw new EditRefused(`Payment.Line.LinkedTxn: ${entity} ${id} belongs to another customer.`);
  }
  if (idOf(row.fields["CurrencyRef"]) !== idOf(customer.fields["CurrencyRef"])) {
    throw new EditRefused(`Payment.Line.LinkedTxn: ${entity} ${id} is in another currency.`);
  }
  return row;
}

/** One application, with the note of what stood open before it. */
function completeLine(context: Context, customer: Row, application: Application, ownCents: number): Fields {
  const row = target(context, customer, application);
  const openCents = centsOf(row.fields["TotalAmt"]) - row.applied + ownCents;
  if (application.cents > openCents) {
    throw new EditRefused(
      `Payment.Line.Amount: only ${new Money(openCents).toString()} is open on ${application.entity} ${application.id}.`,
    );
  }
  const extras = [nameValue("txnId", application.id), nameValue("txnOpenBalance", (openCents / 100).toFixed(2))];
  const number = textOf(row.fields["DocNumber"]);
  if (number !== undefined) extras.push(nameValue("txnReferenceNumber", number));
  return {
    Amount: new Money(application.cents),
    LinkedTxn: [{ TxnId: application.id, TxnType: application.entity }],
    LineEx: { any: extras },
  };
}

function isTarget(line: Fields, { entity, id }: Application): boolean {
  return applications({ Line: [line] }).some((each) => each.entity === entity && each.id === id);
}

function completeLines(context: Context, customer: Row, { written, before }: Draft): readonly Fields[] {
  const isSame = written["Line"] === before?.fields["Line"] && customer.id === idOf(before?.fields["CustomerRef"]);
  if (before && isSame) return listOf(before.fields["Line"]);
  const held = before && customer.id === idOf(before.fields["CustomerRef"]) ? listOf(before.fields["Line"]) : [];
  return applications(written).map((application) => {
    const own = held.find((line) => isTarget(line, application));
    const isUnchanged = own && centsOf(own["Amount"]) === application.cents;
    return isUnchanged ? own : completeLine(context, customer, application, own ? centsOf(own["Amount"]) : 0);
  });
}

/** What of a payment settles nothing: its amount and credits, less the invoices. */
function unapplied(totalCents: number, settled: readonly Application[]): number {
  return settled.reduce((left, { entity, cents }) => left + (entity === "Invoice" ? -cents : cents), totalCents);
}

/** A payment's lines without those that settle a record; without any when the rest would settle more than there is. */
export function linesWithout(fields: Fields, entity: string, id: string): readonly Fields[] {
  const rest = listOf(fields["Line"]).filter((line) => {
    return !applications({ Line: [line] }).some((each) => each.entity === entity && each.id === id);
  });
  return unapplied(centsOf(fields["TotalAmt"]), applications({ Line: rest })) < 0 ? [] : rest;
}

function complete(context: Context, draft: Draft): Fields {
  const { written } = draft;
  const customer = customerOf(context, draft, "Payment");
  const total = written["TotalAmt"];
  if (!(total instanceof Money)) throw missing("Payment.TotalAmt", "give the amount received.");
  const lines = completeLines(context, customer, draft);
  const left = unapplied(total.cents, applications({ Line: lines }));
  if (left < 0) throw new EditRefused("Payment.Line: the lines settle more than TotalAmt and the credits give.");
  const account = idOf(written["DepositToAccountRef"]) ?? context.account("UndepositedFunds");
  if (!context.find("Account", account)) throw unknownReference("Payment.DepositToAccountRef", "Account", account);
  return {
    ProcessPayment: false,
    TxnDate: draft.today,
    ...written,
    ...currencyOf(context, customer, written),
    DepositToAccountRef: total.cents === 0 && lines.length > 0 ? undefined : { value: account },
    UnappliedAmt: new Money(left),
    Line: lines,
  };
}

function postings(context: Context, fields: Fields): readonly Posting[] {
  const cents = centsOf(fields["TotalAmt"]);
  if (cents === 0) return [];
  return [
    { entity: "Customer", id: idOf(fields["CustomerRef"]) ?? "", amount: -cents },
    { entity: "Account", id: context.account("AccountsReceivable", idOf(fields["CurrencyRef"])), amount: -cents },
    { entity: "Account", id: idOf(fields["DepositToAccountRef"]) ?? "", amount: homeCents(fields, cents) },
  ];
}

/** Payments received. Source: Payment reference; field order as recorded in 2026. */
export const payment: Entity = {
  name: "Payment",
  sequence: "transactions",
  totalCount: false,
  defaultOrder: { property: "MetaData.LastUpdatedTime", descending: true },
  fields: [
    { name: "CustomerRef", writable: true, kind: "reference", filter: true },
    ...writable("DepositToAccountRef", "PaymentMethodRef"),
    { name: "PaymentRefNum", writable: true, kind: "text", filter: true, sort: true },
    { name: "TotalAmt", writable: true, kind: "number", filter: true, sort: true },
    { name: "UnappliedAmt" },
    { name: "ProcessPayment" },
    ...identity,
    { name: "TxnDate", writable: true, kind: "date", filter: true, sort: true },
    { name: "CurrencyRef" },
    ...kept("ExchangeRate"),
    ...writable("PrivateNote"),
    { name: "LinkedTxn", writable: "people", kept: true },
    ...writable("Line"),
  ],
  lengths: { PaymentRefNum: 21, PrivateNote: 4000 },
  voidedBy: "include",
  complete,
  postings,
  applications,
  isVoided,
  voided: (fields) => ({
    ...fields,
    TotalAmt: new Money(0),
    Line: [],
    LinkedTxn: undefined,
    PrivateNote: voidedNote(fields),
  }),
};
