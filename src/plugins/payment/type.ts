import { computed, decimal, localDate, money, reference, text } from "../fields.js";
import type { ChildMap } from "../plugin.js";

/** What the mirror keeps of a payment received from a customer. */
export const fields = {
  referenceNumber: text({
    label: "Reference number",
    description: "The number of the check or transfer.",
    filter: true,
    order: true,
    search: true,
    edit: { longest: 21 },
  }),
  txnDate: localDate({
    label: "Date",
    description: "The day the payment was received.",
    required: true,
    filter: true,
    order: true,
    edit: {},
  }),
  customer: reference({
    label: "Customer",
    description: "Who paid.",
    target: "Customer",
    strength: "hard",
    required: true,
    inverse: { field: "payments", description: "The customer's payments." },
    filter: true,
    edit: { required: true, group: "applied" },
  }),
  depositToAccount: reference({
    label: "Deposit account",
    description: "The account that the money went to.",
    target: "Account",
    strength: "soft",
    edit: {},
  }),
  methodQuickbooksId: text({
    label: "Payment method",
    description: "QuickBooks' id of the payment method.",
    column: "payment_method_ref",
    edit: {},
  }),
  privateNote: text({
    label: "Private note",
    description: "What only the company's staff read.",
    search: true,
    edit: { longest: 4000, multiline: true },
  }),
  currency: text({
    label: "Currency",
    description: "The ISO 4217 code of the payment's currency.",
    edit: { on: "CREATE" },
  }),
  exchangeRate: decimal({
    label: "Exchange rate",
    description: "How much home currency one unit of the payment's currency is worth.",
    edit: { decimals: 9, least: "0" },
  }),
  totalAmount: money({
    label: "Amount",
    description: "The amount received; zero where a credit was applied without money.",
    currencyColumn: "currency",
    required: true,
    edit: { required: true, decimals: 2, least: "0", group: "applied" },
  }),
  unappliedAmount: money({
    label: "Unapplied",
    description: "The part that no invoice has used up yet.",
    currencyColumn: "currency",
    required: true,
    filter: true,
    order: true,
  }),
};

const applicationFields = {
  amount: money({
    label: "Amount",
    description:
      "How much of the payment went there; for a credit, how much of it was used. Null where QuickBooks states one amount for several.",
    currencyColumn: "currency",
    edit: { decimals: 2, least: "0" },
  }),
  currency: text({ label: "Currency", description: "The ISO 4217 code of the payment's currency." }),
  targetType: text({
    label: "Applied to",
    description: "QuickBooks' name of what it was applied to, such as Invoice or CreditMemo.",
    required: true,
  }),
  targetQuickbooksId: computed({
    kind: "TEXT",
    label: "Applied to id",
    description: "QuickBooks' id of what it was applied to.",
    expression: (row) => `${row}.target_quickbooks_id`,
    required: true,
  }),
  target: reference({
    label: "Target",
    description: "The record it was applied to; null where records of its type are not mirrored.",
    column: "target_quickbooks_id",
    target: { typeField: "targetType" },
    strength: "soft",
    required: true,
    inverse: {
      field: "payments",
      description: "The payments and credits applied to this invoice, each with the amount applied.",
      on: ["Invoice"],
      edgeFields: ["amount"],
    },
    edit: { required: true },
  }),
};

export const children = {
  applications: {
    table: "payment_applications",
    type: "PaymentApplication",
    description: "What a payment was applied to, and with how much.",
    fields: applicationFields,
    edit: { along: ["targetType"], group: "applied" },
  },
} satisfies ChildMap;
