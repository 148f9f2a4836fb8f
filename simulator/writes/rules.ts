import { isObject, fieldsFrom } from "../company/input.js";
import type { Books } from "../company/books.js";
import type { Row } from "../company/table.js";
import { Ref, idOf, isFields, isList, listOf, textOf } from "../company/value.js";
import type { Value } from "../company/value.js";
import { EditRefused, madeInactive, missing } from "../entities/refused.js";
import { isVoided } from "../entities/sale.js";
import type { Switches } from "../switches.js";
import type { Json, Write } from "./request.js";

/** A write about to be done: what people may do in QuickBooks and apps may not is refused by the rules below. */
export interface Proposal extends Write {
  readonly books: Books;
  readonly switches: Switches;
  /** Absent when it is being created. */
  readonly row: Row | undefined;
  /** What of the body is heard. */
  readonly fields: Json;
  readonly isSparse: boolean;
  /** What an update does to the record's activity, when it does anything. */
  readonly activity: "deactivate" | "reactivate" | undefined;
  /** YYYY-MM-DD. */
  readonly today: string;
}

type Rule = (proposal: Proposal) => void;

/** Nothing is written into a period whose books are closed, nor taken out of it (recorded wording). */
const openPeriod: Rule = ({ books, row, fields, today }) => {
  const preferences = books.find("Preferences", "1")?.fields["AccountingInfoPrefs"];
  const closed = isFields(preferences) ? textOf(preferences["BookCloseDate"]) : undefined;
  const given = fields["TxnDate"];
  const dates = [textOf(row?.fields["TxnDate"]), typeof given === "string" ? given : row ? undefined : today];
  if (closed === undefined || !dates.some((date) => date !== undefined && date <= closed)) return;
  const detail =
    "The account period has closed and the account books cannot be updated through through the QBO Services API. Please use the QBO website to make these changes.";
  throw new EditRefused(`The books are closed up to ${closed}.`, { code: "6210", element: "", detail });
};

/** A number is used once, unless the request says that it may repeat (recorded wording). */
const ownNumber: Rule = ({ books, entity, row, fields, mayRepeatNumber }) => {
  const number = fields["DocNumber"];
  if (typeof number !== "string" || mayRepeatNumber || number === row?.fields["DocNumber"]) return;
  const other = books.table(entity.name).rows.find((each) => each !== row && each.fields["DocNumber"] === number);
  if (!other) return;
  const detail = `Duplicate Document Number Error : You must specify a different number. This number has already been used. DocNumber=${number} is assigned to TxnType=${entity.name} with TxnId=${other.id}`;
  throw new EditRefused(`${entity.name}.DocNumber ${number} is in use.`, { code: "6140", element: "", detail });
};

/** A transaction is in its customer's currency. */
const customersCurrency: Rule = ({ books, entity, body, row }) => {
  const { CurrencyRef: currency, CustomerRef: given } = body;
  const code = isObject(currency) ? currency["value"] : undefined;
  const id = isObject(given) ? given["value"] : idOf(row?.fields["CustomerRef"]);
  const customer = books.find("Customer", String(id));
  if (code === undefined && !row && books.currencies.length > 0)
    throw missing(`${entity.name}.CurrencyRef`, "multicurrency is on: name the currency.");
  if (code === undefined || !customer || code === idOf(customer.fields["CurrencyRef"])) return;
  throw new EditRefused(`${entity.name}.CurrencyRef: customer ${customer.id} is kept in another currency.`);
};

function references(value: Value | undefined): readonly Ref[] {
  if (value instanceof Ref) return [value];
  if (isList(value)) return value.flatMap(references);
  return isFields(value) ? Object.values(value).flatMap(references) : [];
}

/** Nothing sent may refer to what has been made inactive, not even what stood there before (recorded wording). */
const activeReferences: Rule = ({ books, switches, entity, fields }) => {
  if (switches.inactiveReferences === "allowed") return;
  const isInactive = ({ entity: name, value }: Ref): boolean => books.find(name, value)?.fields["Active"] === false;
  const inactive = references(fieldsFrom(entity, fields, books)).find(isInactive);
  if (!inactive) return;
  const detail = `Invalid Reference Id : ${madeInactive}`;
  throw new EditRefused(`${inactive.entity} ${inactive.value} is inactive.`, { code: "2500", element: "", detail });
};

const noBalance: Rule = ({ switches, activity, row }) => {
  if (activity !== "deactivate" || switches.inactivationWithBalance === "adjusted" || !row || row.balance === 0) return;
  const detail = "Delete Entity Has Balance Error : This customer has a balance and cannot be deleted.";
  throw new EditRefused(`Customer ${row.id} has a balance.`, { code: "6220", element: "", detail });
};

/** Bundles are only read by apps, and a category stays active (Item reference). */
const plainItem: Rule = ({ activity, row, body }) => {
  const type = row ? row.fields["Type"] : body["Type"];
  if (type === "Group") throw new EditRefused("Item: a bundle cannot be written by an app.");
  if (type === "Category" && activity === "deactivate") throw new EditRefused("Item: a category cannot be inactive.");
};

/** What has been banked stays as it was received (Payment reference). */
const notDeposited: Rule = ({ row, operation, fields }) => {
  const isBanked = listOf(row?.fields["LinkedTxn"]).some((link) => link["TxnType"] === "Deposit");
  const moves = operation !== "update" || "TotalAmt" in fields || "DepositToAccountRef" in fields;
  if (!isBanked || !moves) return;
  const detail = "Deposited Transaction cannot be changed : Remove it from the deposit first.";
  throw new EditRefused("The payment is in a deposit.", { code: "6540", element: "", detail });
};

/** A sparse update of what a payment is about must be whole there (seen in 2026). */
const wholePayment: Rule = ({ operation, isSparse, fields }) => {
  if (operation !== "update" || !isSparse || !("TotalAmt" in fields || "Line" in fields)) return;
  for (const name of ["CustomerRef", "TotalAmt"])
    if (!(name in fields)) throw missing(`Payment.${name}`, "send it along with the amount and the lines.");
};

const voidable: Rule = ({ switches, operation, row }) => {
  if (operation !== "void" || !row) return;
  if (isVoided(row.fields)) throw new EditRefused("The transaction is voided already.");
  if (switches.voidOfPaidInvoice === "refused" && row.appliedBy.length > 0)
    throw new EditRefused("The invoice is settled by a payment: take that off it first.");
};

const sale: readonly Rule[] = [openPeriod, ownNumber, customersCurrency, activeReferences, voidable];

const rules: Readonly<Record<string, readonly Rule[]>> = {
  Customer: [noBalance, activeReferences],
  Account: [activeReferences],
  Item: [plainItem, activeReferences],
  Invoice: sale,
  CreditMemo: sale,
  Payment: [openPeriod, customersCurrency, wholePayment, notDeposited, activeReferences, voidable],
};

/** Refuses what apps may not do. Throws {@link EditRefused}. */
export function checkRules(proposal: Proposal): void {
  for (const rule of rules[proposal.entity.name] ?? []) rule(proposal);
}
