import type { Mapped } from "../plugin.js";
import type { children, fields, ItemType } from "./type.js";
import type { Item } from "./validator.js";

/** The item types that QuickBooks Online makes; its v3 schema names more, from QuickBooks Desktop. */
const types: ReadonlyMap<string | null, ItemType> = new Map([
  ["Inventory", "INVENTORY"],
  ["Service", "SERVICE"],
  ["NonInventory", "NON_INVENTORY"],
  ["Group", "GROUP"],
  ["Category", "CATEGORY"],
]);

export function map(item: Item): Mapped<typeof fields, typeof children> {
  return {
    row: {
      name: item.Name,
      fullyQualifiedName: item.FullyQualifiedName,
      sku: item.Sku,
      type: types.get(item.Type) ?? "OTHER",
      description: item.Description,
      purchaseDescription: item.PurchaseDesc,
      unitPrice: item.UnitPrice,
      purchaseCost: item.PurchaseCost,
      taxable: item.Taxable,
      salesTaxIncluded: item.SalesTaxIncluded,
      tracksQuantity: item.TrackQtyOnHand,
      quantityOnHand: item.QtyOnHand,
      reorderPoint: item.ReorderPoint,
      inventoryStartDate: item.InvStartDate,
      isSubItem: item.SubItem,
      level: item.Level,
      parent: item.ParentRef,
      incomeAccount: item.IncomeAccountRef,
      expenseAccount: item.ExpenseAccountRef,
      assetAccount: item.AssetAccountRef,
    },
    children: { components: componentsOf(item) },
  };
}

function componentsOf({ ItemGroupDetail }: Item) {
  return (ItemGroupDetail?.ItemGroupLine ?? []).map(({ ItemRef, Qty }) => ({ item: ItemRef, quantity: Qty }));
}
