import { deactivate } from "../company/activity.js";
import type { Books, Moment } from "../company/books.js";
import type { Row } from "../company/table.js";
import { idOf } from "../company/value.js";

/** Makes a few customers who owe nothing, a few items and a few sub-accounts inactive. */
export function retire(books: Books, at: Moment): void {
  const customers = books.table("Customer").rows;
  const parents = new Set(customers.map(({ fields }) => idOf(fields["ParentRef"])));
  const idle = customers.filter((row) => row.balanceWithChildren === 0 && !parents.has(row.id));
  const sold = books.table("Item").rows.filter(({ fields }) => fields["IncomeAccountRef"] !== undefined);
  const subAccounts = books.table("Account").rows.filter(({ fields }) => fields["ParentRef"] !== undefined);
  const every = (rows: readonly Row[], step: number): readonly Row[] => rows.filter((_, index) => index % step === 1);
  for (const row of every(idle, 4)) deactivate(books, books.entity("Customer"), row, at);
  for (const row of every(sold, 15)) deactivate(books, books.entity("Item"), row, at);
  for (const row of every(subAccounts, 6)) deactivate(books, books.entity("Account"), row, at);
}
