import type { Books, Moment } from "../company/books.js";
import type { Ids } from "../company/ids.js";
import type { Row } from "../company/table.js";
import { Rate, Ref } from "../company/value.js";
import type { Fields } from "../company/value.js";
import { baseAccounts, furtherAccount } from "./chart.js";
import type { ChartAccount } from "./chart.js";
import { History } from "./history.js";
import { itemFields } from "./names.js";
import { chance, seeded } from "./random.js";
import type { Random } from "./random.js";
import { Writer, momentAt } from "./writer.js";

export interface GenerationOptions {
  readonly seed: string;
  readonly name: string;
  readonly size?: number;
  readonly years?: number;
  readonly burst?: number;
  /** The company's now, milliseconds since 1970. */
  readonly endMs: number;
}

const defaultSize = 400;
const yearMs = 365 * 86_400_000;

/** How many of each kind a company of a size has: six in ten are invoices. */
function shares(
  rest: number,
): Readonly<Record<"accounts" | "items" | "customers" | "creditMemos" | "payments" | "invoices", number>> {
  const accounts = Math.min(120, Math.floor(rest * 0.03));
  const items = Math.min(400, Math.floor(rest * 0.05));
  const customers = Math.min(rest, Math.max(1, Math.floor(rest * 0.12)));
  const creditMemos = Math.floor(rest * 0.03);
  const payments = Math.floor(rest * 0.2);
  return {
    accounts,
    items,
    customers,
    creditMemos,
    payments,
    invoices: rest - accounts - items - customers - creditMemos - payments,
  };
}

function insertAccount(writer: Writer, account: ChartAccount, at: Moment, currency?: string): void {
  const parent = account.parent === undefined ? undefined : writer.books.named("Account", account.parent);
  const fields = {
    Name: account.name,
    AccountType: account.type,
    AccountSubType: account.subType,
    ...(parent ? { ParentRef: { value: parent.id } } : {}),
    ...(currency === undefined ? {} : { CurrencyRef: { value: currency } }),
  };
  writer.insert("Account", fields, at);
}

function insertItems(writer: Writer, random: Random, count: number, at: Moment): void {
  const account = (subType: string): string => writer.books.account(subType);
  const accounts = {
    services: account("ServiceFeeIncome"),
    products: account("SalesOfProductIncome"),
    cost: account("SuppliesMaterialsCogs"),
    stock: account("Inventory"),
  };
  const categories: Row[] = [];
  for (let number = 1; number <= count; number += 1) {
    const category = chance(random, 0.3) ? categories[0]?.id : undefined;
    if (number % 20 === 3)
      categories.unshift(writer.insert("Item", { Name: `Range ${String(number)}`, Type: "Category" }, at));
    else if (number % 20 === 6) writer.insert("Item", bundle(writer, number), at);
    else writer.insert("Item", itemFields(random, number, accounts, at.today, category), at);
  }
}

function bundle(writer: Writer, number: number): Fields {
  const parts = writer.books
    .table("Item")
    .rows.filter(({ fields }) => fields["Type"] !== "Category" && fields["Type"] !== "Group");
  const lines = parts.slice(-2).map(({ id }) => ({ ItemRef: new Ref("Item", id), Qty: new Rate("1") }));
  return {
    Name: `Starter bundle ${String(number)}`,
    Description: "Everything to begin with",
    Type: "Group",
    ItemGroupDetail: { ItemGroupLine: lines },
  };
}

/** Writes a company's whole history into empty books: the same options always give the same history. */
export function generate(books: Books, ids: Ids, options: GenerationOptions): void {
  const random = seeded(options.seed);
  const writer = new Writer(books, ids);
  const startMs = options.endMs - Math.round((options.years ?? 3) * yearMs);
  const start = momentAt(startMs);
  writer.insert("CompanyInfo", companyInfo(options.name, start.today), start);
  writer.insert("Preferences", {}, start);
  for (const account of baseAccounts) insertAccount(writer, account, start);
  for (const currency of books.currencies) {
    insertAccount(
      writer,
      { name: `Accounts Receivable (A/R) - ${currency}`, type: "Accounts Receivable", subType: "AccountsReceivable" },
      start,
      currency,
    );
  }
  writer.insert(
    "Item",
    { Name: "Services", Type: "Service", IncomeAccountRef: new Ref("Account", books.account("ServiceFeeIncome")) },
    start,
  );
  const rest = (options.size ?? defaultSize) - books.table("Account").size - 1;
  if (rest <= 0) return;
  const counts = shares(rest);
  for (let index = 0; index < counts.accounts; index += 1)
    insertAccount(writer, furtherAccount(index), momentAt(startMs + (index + 1) * 7_000));
  insertItems(writer, random, counts.items, momentAt(startMs + 3_600_000));
  new History(writer, random, {
    ...counts,
    startMs: startMs + 7_200_000,
    endMs: options.endMs,
    burst: options.burst ?? 0,
  }).write();
}

function companyInfo(name: string, startDate: string): Fields {
  const address = {
    Id: "1",
    Line1: "18 Nursery Lane",
    City: "Fairhollow",
    Country: "USA",
    CountrySubDivisionCode: "CA",
    PostalCode: "94017",
  };
  return {
    CompanyName: name,
    CompanyAddr: address,
    CustomerCommunicationAddr: address,
    LegalAddr: address,
    CustomerCommunicationEmailAddr: { Address: "office@nursery.example" },
    PrimaryPhone: { FreeFormNumber: "(415) 555-0148" },
    CompanyStartDate: startDate,
    Email: { Address: "office@nursery.example" },
    WebAddr: {},
  };
}
