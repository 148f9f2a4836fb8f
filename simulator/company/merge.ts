import { EditRefused } from "../entities/definition.js";
import type { Switches } from "../switches.js";
import { deactivate } from "./activity.js";
import type { Books, Moment } from "./books.js";
import type { Row } from "./table.js";
import { idOf } from "./value.js";

/** The survivor of a merge, if QuickBooks would allow it. */
function survivorOf(books: Books, loser: Row, into: string): Row {
  const survivor = books.find("Customer", into);
  if (loser.entity !== "Customer") throw new EditRefused(`${loser.entity} cannot be merged here; Customer can.`);
  if (!survivor || survivor === loser) throw new EditRefused(`Customer ${loser.id} needs another customer to go into.`);
  for (const field of ["ParentRef", "CurrencyRef"]) {
    if (idOf(loser.fields[field]) !== idOf(survivor.fields[field]))
      throw new EditRefused(`Customers ${loser.id} and ${into} must have the same ${field} to be merged.`);
  }
  if (books.table("Customer").rows.some(({ fields }) => idOf(fields["ParentRef"]) === loser.id))
    throw new EditRefused(`Customer ${loser.id} has sub-customers: move them before it is merged.`);
  return survivor;
}

/**
 * Merges a customer into another: its transactions become the survivor's, silently unless a switch says that their times move, and it is
 * gone or inactive. Throws {@link EditRefused}.
 */
export function merge(books: Books, loser: Row, into: string, at: Moment, switches: Switches): void {
  const survivor = survivorOf(books, loser, into);
  for (const entity of ["Invoice", "Payment", "CreditMemo"]) {
    for (const row of books.table(entity).rows) {
      if (idOf(row.fields["CustomerRef"]) !== loser.id) continue;
      if (switches.mergeMoves === "times") row.updatedAt = Math.max(row.updatedAt, at.seconds);
      books.replace(row, { ...row.fields, CustomerRef: survivor.reference }, at);
    }
  }
  if (switches.mergedCustomers === "inactive") deactivate(books, books.entity("Customer"), loser, at);
  else books.forget(loser, at);
}
