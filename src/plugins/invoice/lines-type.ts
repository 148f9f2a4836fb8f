import { boolean, decimal, enumeration, integer, localDate, money, reference, text } from "../fields.js";
import type { ChildDefinition } from "../plugin.js";

const kind = {
  name: "InvoiceLineKind",
  description: "A kind of line of an invoice.",
  values: {
    SALES: "A sale of an item.",
    GROUP: "A bundle of items, with lines of its own.",
    DISCOUNT: "A discount on the whole.",
    DESCRIPTION: "Text without a sale.",
    SUBTOTAL: "The sum of the lines before it.",
    OTHER: "A kind this gateway does not know.",
  },
} as const;

export type InvoiceLineKind = keyof typeof kind.values;

/** The kinds this gateway knows, by QuickBooks' name of each. */
const kinds: ReadonlyMap<unknown, InvoiceLineKind> = new Map([
  ["SalesItemLineDetail", "SALES"],
  ["GroupLineDetail", "GROUP"],
  ["DiscountLineDetail", "DISCOUNT"],
  ["DescriptionOnly", "DESCRIPTION"],
  ["SubTotalLineDetail", "SUBTOTAL"],
]);

export const kindOf = (detailType: unknown): InvoiceLineKind => kinds.get(detailType) ?? "OTHER";

/** The kind that a row says it has, if it says so. */
export const kindNamed = (name: unknown): InvoiceLineKind | undefined =>
  [...kinds.values(), "OTHER" as const].find((each) => each === name);

const fields = {
  lineId: text({ label: "Line id", description: "QuickBooks' id of the line; lines that it adds itself have none." }),
  kind: enumeration({
    label: "Kind",
    description: "What kind of line it is.",
    enumeration: kind,
    required: true,
  }),
  description: text({
    label: "Description",
    description: "What the line says.",
    edit: { longest: 4000, multiline: true },
  }),
  amount: money({
    label: "Amount",
    description: "The line's amount. A bundle's may repeat what its own lines hold: add up either, never both.",
    currencyColumn: "currency",
    edit: { decimals: 2 },
  }),
  detailType: text({ label: "Detail type", description: "QuickBooks' name of the line's kind.", required: true }),
  groupPosition: integer({ label: "Bundle position", description: "The position of the bundle the line belongs to." }),
  currency: text({ label: "Currency", description: "The ISO 4217 code of the invoice's currency." }),
  item: reference({ label: "Item", description: "What was sold.", target: "Item", strength: "soft", edit: {} }),
  account: reference({
    label: "Account",
    description: "The account that the line is posted to.",
    target: "Account",
    strength: "soft",
  }),
  quantity: decimal({ label: "Quantity", description: "How many were sold.", edit: { decimals: 16 } }),
  unitPrice: decimal({ label: "Unit price", description: "The price of one.", edit: { decimals: 16 } }),
  taxCode: text({
    label: "Tax code",
    description: "TAX or NON in the United States, the id of a tax code elsewhere.",
    edit: {},
  }),
  serviceDate: localDate({ label: "Service date", description: "The day the service was given.", edit: {} }),
  isPercentBased: boolean({ label: "Is a percentage", description: "Whether the discount is a percentage.", edit: {} }),
  discountPercent: decimal({
    label: "Percentage",
    description: "The percentage of the discount.",
    edit: { decimals: 16, least: "0" },
  }),
};

/** The lines of an invoice, those of bundles right behind their bundle. */
export const lines = {
  table: "invoice_lines",
  type: "InvoiceLine",
  description: "A line of an invoice.",
  fields,
  common: ["lineId", "kind", "description", "amount"],
  variants: {
    discriminator: "kind",
    types: {
      SALES: {
        type: "SalesLine",
        description: "A sale of an item.",
        fields: ["item", "account", "quantity", "unitPrice", "taxCode", "serviceDate"],
      },
      GROUP: { type: "GroupLine", description: "A bundle, and the lines it stands for.", fields: ["item", "quantity"] },
      DISCOUNT: {
        type: "DiscountLine",
        description: "A discount on the whole invoice.",
        fields: ["isPercentBased", "discountPercent", "account"],
      },
      DESCRIPTION: { type: "DescriptionLine", description: "A line of text.", fields: ["serviceDate", "taxCode"] },
      SUBTOTAL: { type: "SubtotalLine", description: "The sum of the lines before it.", fields: [] },
      OTHER: {
        type: "OtherLine",
        description: "A line of a kind this gateway does not know; the payload has all of it.",
        fields: ["detailType"],
      },
    },
  },
  edit: {
    id: "lineId",
    along: ["kind"],
    filledIn: ["taxCode"],
    required: true,
    // The lines of a bundle are kept with it; a sum without an id is written by QuickBooks itself.
    counts: ({ kind: ofLine, lineId, groupPosition }) =>
      groupPosition === null && (ofLine !== "SUBTOTAL" || lineId !== null),
  },
  nesting: { parentPosition: "groupPosition", variant: "GROUP", field: "lines" },
} satisfies ChildDefinition<typeof fields>;
