import { EditRefused } from "../entities/definition.js";
import type { Entity } from "../entities/definition.js";
import { deletedName, withoutDeleted } from "../entities/names.js";
import type { Books, Moment } from "./books.js";
import type { Row } from "./table.js";
import { textOf } from "./value.js";
import type { Fields } from "./value.js";

/** The paper QuickBooks writes to bring a customer's balance to zero before it is made inactive (Customer reference); undefined: none needed. */
export function adjustment(
  books: Books,
  customer: Row,
): { readonly entity: string; readonly fields: Readonly<Record<string, unknown>> } | undefined {
  const isOwing = customer.entity === "Customer" && customer.fields["Active"] === true && customer.balance !== 0;
  const item = books.table("Item").rows.find(({ fields }) => fields["Type"] === "Service" && fields["Active"] === true);
  if (!isOwing || !item) return undefined;
  const line = {
    Amount: Math.abs(customer.balance) / 100,
    DetailType: "SalesItemLineDetail",
    SalesItemLineDetail: { ItemRef: { value: item.id }, TaxCodeRef: { value: "NON" } },
  };
  const fields = {
    CustomerRef: { value: customer.id },
    Line: [line],
    PrivateNote: "Created by QB Online to adjust balance for deletion.",
  };
  return { entity: customer.balance > 0 ? "CreditMemo" : "Invoice", fields };
}

/** What else is changed with a record that becomes inactive or active, and whether the rest is cleared. */
export interface Beside {
  readonly written?: Fields;
  readonly isWhole?: boolean;
}

/** Makes a record of a name list inactive: its name gets ` (deleted)`, default queries leave it out. */
export function deactivate(books: Books, entity: Entity, row: Row, at: Moment, beside: Beside = {}): void {
  const field = entity.nameField;
  if (field === undefined) throw new EditRefused(`${entity.name} cannot be made inactive: delete or void it instead.`);
  if (row.fields["Active"] === false) return;
  const own = textOf(beside.written?.[field] ?? row.fields[field]) ?? "";
  const name = deletedName(own, (taken) => books.named(entity.name, taken) !== undefined);
  books.change(row, { ...beside.written, Active: false, [field]: name }, at, beside.isWhole);
}

/** Makes it active again, under the name given, or its own without the suffix. */
export function reactivate(books: Books, entity: Entity, row: Row, at: Moment, beside: Beside = {}): void {
  const field = entity.nameField;
  if (field === undefined) throw new EditRefused(`${entity.name} has no Active field.`);
  const name = beside.written?.[field] ?? withoutDeleted(textOf(row.fields[field]) ?? "");
  books.change(row, { ...beside.written, Active: true, [field]: name }, at, beside.isWhole);
}
