import { decimalOf, idOf } from "../payload.js";
import type { Mapped } from "../plugin.js";
import type { children, fields, ItemType } from "./type.js";
import type { Item } from "./validator.js";

/** The item types that QuickBooks Online makes; its v3 schema names more, from QuickBooks Desktop. */
export const types: ReadonlyMap<string, ItemType> = new Map([
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
      fullyQualifiedName: item.FullyQualifiedName ?? null,
      sku: item.Sku ?? null,
      type: types.get(item.Type ?? "") ?? "OTHER",
      description: item.Description ?? null,
      purchaseDescription: item.PurchaseDesc ?? null,
      unitPrice: decimalOf(item.UnitPrice),
      purchaseCost: decimalOf(item.PurchaseCost),
      taxable: item.Taxable ?? null,
      salesTaxIncluded: item.SalesTaxIncluded ?? null,
      tracksQuantity: item.TrackQtyOnHand ?? null,
      quantityOnHand: decimalOf(item.QtyOnHand),
      reorderPoint: decimalOf(item.ReorderPoint),
      inventoryStartDate: item.InvStartDate ?? null,
      isSubItem: item.SubItem ?? null,
      level: item.Level ?? null,
      parent: idOf(item.ParentRef),
      incomeAccount: idOf(item.IncomeAccountRef),
      expenseAccount: idOf(item.ExpenseAccountRef),
      assetAccount: idOf(item.AssetAccountRef),
    },
    children: { components: componentsOf(item) },
  };
}

function componentsOf({ ItemGroupDetail }: Item) {
  return (ItemGroupDetail?.ItemGroupLine ?? []).map(({ ItemRef, Qty }) => ({
    item: ItemRef.value,
    quantity: decimalOf(Qty),
  }));
}
