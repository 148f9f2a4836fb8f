import { address, computed, decimal, localDate, money, reference, text } from "../fields.js";
import type { ChildMap } from "../plugin.js";
import { lines } from "./lines-type.js";

/** What the mirror keeps of an invoice. */
export const fields = {
  docNumber: text({
    label: "Number",
    description: "The invoice's number, as printed; not always unique.",
    filter: true,
    order: true,
    search: true,
    edit: { longest: 21 },
  }),
  status: computed({
    kind: "ENUM",
    label: "Status",
    description: "Where the invoice stands today, by the company's local date.",
    enumeration: {
      name: "InvoiceStatus",
      description: "QuickBooks holds no status: it follows from the balance and the due date.",
      values: {
        OPEN: "Nothing has been paid, and it is not due yet.",
        PARTIALLY_PAID: "A part has been paid, and the rest is not due yet.",
        PAID: "Nothing is left to pay.",
        OVERDUE: "Something is left to pay, and the due date has passed.",
        VOIDED: "It was voided.",
      },
    },
    expression: statusOf,
    required: true,
    filter: true,
  }),
  txnDate: localDate({
    label: "Date",
    description: "The date of the invoice.",
    required: true,
    filter: true,
    order: true,
    edit: {},
  }),
  dueDate: localDate({ label: "Due date", description: "The last day to pay.", filter: true, order: true, edit: {} }),
  shipDate: localDate({ label: "Shipping date", description: "The day the goods were sent.", edit: {} }),
  trackingNumber: text({
    label: "Tracking number",
    description: "The carrier's number of the parcel.",
    edit: { longest: 31 },
  }),
  customer: reference({
    label: "Customer",
    description: "Who was billed.",
    target: "Customer",
    strength: "hard",
    required: true,
    inverse: { field: "invoices", description: "The customer's invoices." },
    filter: true,
    edit: { required: true },
  }),
  billEmail: text({
    label: "E-mail",
    description: "Where the invoice is e-mailed to.",
    search: true,
    edit: { longest: 100 },
  }),
  billingAddress: address({ label: "Billing address", description: "Where the bill is sent.", edit: {} }),
  shippingAddress: address({ label: "Shipping address", description: "Where the goods are sent.", edit: {} }),
  customerMemo: text({
    label: "Message",
    description: "The message the customer reads.",
    search: true,
    edit: { longest: 1000, multiline: true },
  }),
  privateNote: text({
    label: "Private note",
    description: "What only the company's staff read.",
    search: true,
    edit: { longest: 4000, multiline: true },
  }),
  currency: text({
    label: "Currency",
    description: "The ISO 4217 code of the invoice's currency.",
    edit: { on: "CREATE" },
  }),
  exchangeRate: decimal({
    label: "Exchange rate",
    description: "How much home currency one unit of the invoice's currency is worth.",
    edit: { decimals: 9, least: "0" },
  }),
  totalAmount: money({
    label: "Total",
    description: "The whole amount, tax included.",
    currencyColumn: "currency",
    required: true,
  }),
  homeTotalAmount: money({ label: "Total in home currency", description: "The whole amount in the home currency." }),
  balance: money({
    label: "Balance",
    description: "What is left to pay.",
    currencyColumn: "currency",
    required: true,
    filter: true,
    order: true,
  }),
  homeBalance: money({ label: "Balance in home currency", description: "What is left to pay, in the home currency." }),
  totalTax: money({ label: "Tax", description: "The tax in the total.", currencyColumn: "currency" }),
  deposit: money({ label: "Deposit", description: "What was paid in advance.", currencyColumn: "currency" }),
  depositToAccount: reference({
    label: "Deposit account",
    description: "The account that the deposit went to.",
    target: "Account",
    strength: "soft",
  }),
  printStatus: text({ label: "Print status", description: "NotSet, NeedToPrint or PrintComplete." }),
  emailStatus: text({ label: "E-mail status", description: "NotSet, NeedToSend or EmailSent." }),
};

export const children = { lines } satisfies ChildMap;

function statusOf(row: string, today: string): string {
  return (
    `CASE WHEN ${row}.state = 'VOIDED' THEN 'VOIDED' WHEN ${row}.balance <= 0 THEN 'PAID' ` +
    `WHEN ${row}.due_date < ${today} THEN 'OVERDUE' ` +
    `WHEN ${row}.balance < ${row}.total_amount THEN 'PARTIALLY_PAID' ELSE 'OPEN' END`
  );
}
