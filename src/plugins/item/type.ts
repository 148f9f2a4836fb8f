import { boolean, decimal, enumeration, integer, localDate, reference, text } from "../fields.js";
import { colon, deletedSuffix } from "../names.js";
import type { ChildMap } from "../plugin.js";

const itemType = {
  name: "ItemType",
  description: "A kind of item.",
  values: {
    INVENTORY: "Goods whose quantity is tracked.",
    SERVICE: "A service.",
    NON_INVENTORY: "Goods whose quantity is not tracked.",
    GROUP: "A bundle of other items, sold together.",
    CATEGORY: "A heading under which other items stand.",
    OTHER: "A kind this gateway does not know.",
  },
} as const;

export type ItemType = keyof typeof itemType.values;

/** What the mirror keeps of an item: a product, a service, a bundle of them, or a category. */
export const fields = {
  name: text({
    label: "Name",
    description: "The item's own name, without its parents'.",
    required: true,
    filter: true,
    order: true,
    search: true,
    edit: { required: true, longest: 100, forbidden: colon, addedWhenInactive: deletedSuffix },
  }),
  fullyQualifiedName: text({
    label: "Full name",
    description: "The names of all the parents and the item's own, separated by colons.",
    search: true,
  }),
  sku: text({
    label: "SKU",
    description: "The stock keeping unit.",
    filter: true,
    order: true,
    search: true,
    edit: { longest: 100 },
  }),
  type: enumeration({
    label: "Type",
    description: "What kind of item it is.",
    enumeration: itemType,
    required: true,
    filter: true,
    order: true,
    edit: { required: true, oneOf: ["INVENTORY", "SERVICE", "NON_INVENTORY"] },
  }),
  description: text({
    label: "Description",
    description: "What buyers read on sales forms.",
    search: true,
    edit: { longest: 4000, multiline: true },
  }),
  purchaseDescription: text({
    label: "Purchase description",
    description: "What vendors read on purchase forms.",
    edit: { longest: 1000, multiline: true },
  }),
  unitPrice: decimal({
    label: "Sales price",
    description: "The price of one, before tax unless it is included.",
    edit: { decimals: 7 },
  }),
  purchaseCost: decimal({ label: "Cost", description: "What one costs when it is bought.", edit: { decimals: 7 } }),
  taxable: boolean({ label: "Taxable", description: "Whether sales of the item are taxed.", edit: {} }),
  salesTaxIncluded: boolean({ label: "Tax included", description: "Whether the sales price includes the tax." }),
  tracksQuantity: boolean({ label: "Quantity tracked", description: "Whether QuickBooks counts what is in stock." }),
  quantityOnHand: decimal({ label: "Quantity on hand", description: "How many are in stock.", edit: { on: "CREATE" } }),
  reorderPoint: decimal({
    label: "Reorder point",
    description: "The quantity at which to order more.",
    edit: { least: "0" },
  }),
  inventoryStartDate: localDate({
    label: "Tracked since",
    description: "The day the counting of stock began.",
    edit: { on: "CREATE" },
  }),
  isSubItem: boolean({ label: "Is a sub-item", description: "Whether the item stands below another." }),
  level: integer({ label: "Level", description: "How many parents stand above it; absent at the top." }),
  parent: reference({
    label: "Parent",
    description: "The item or category this stands below.",
    target: "Item",
    strength: "hard",
    inverse: { field: "subItems", description: "The items right below this one." },
    filter: true,
    edit: {},
  }),
  incomeAccount: reference({
    label: "Income account",
    description: "The account that sales are posted to.",
    target: "Account",
    strength: "hard",
    edit: {},
  }),
  expenseAccount: reference({
    label: "Expense account",
    description: "The account that purchases, or the cost of goods sold, are posted to.",
    target: "Account",
    strength: "hard",
    edit: {},
  }),
  assetAccount: reference({
    label: "Inventory asset account",
    description: "The account that holds the value of the stock.",
    target: "Account",
    strength: "hard",
    edit: {},
  }),
};

const componentFields = {
  item: reference({
    label: "Item",
    description: "The item contained.",
    target: "Item",
    strength: "hard",
    required: true,
  }),
  quantity: decimal({ label: "Quantity", description: "How many of it one bundle contains." }),
};

export const children = {
  components: {
    table: "item_components",
    type: "ItemComponent",
    description: "What one bundle consists of; empty for other items.",
    fields: componentFields,
  },
} satisfies ChildMap;
