import { z } from "zod";
import {
  envelope,
  flag,
  integer,
  optionalDate,
  optionalRate,
  optionalRef,
  requiredRef,
  requiredText,
  shortText,
  text,
} from "../payload.js";
import { validatorFor } from "../plugin.js";

const component = z.object({ ItemRef: requiredRef("is missing: a part of a bundle is an item"), Qty: optionalRate });

const item = z.object({
  ...envelope,
  Active: flag,
  Name: requiredText("is missing: every item has a name"),
  FullyQualifiedName: text,
  Sku: shortText,
  Type: text,
  Description: text,
  PurchaseDesc: text,
  UnitPrice: optionalRate,
  PurchaseCost: optionalRate,
  Taxable: flag,
  SalesTaxIncluded: flag,
  TrackQtyOnHand: flag,
  QtyOnHand: optionalRate,
  ReorderPoint: optionalRate,
  InvStartDate: optionalDate,
  SubItem: flag,
  Level: integer,
  ParentRef: optionalRef,
  IncomeAccountRef: optionalRef,
  ExpenseAccountRef: optionalRef,
  AssetAccountRef: optionalRef,
  ItemGroupDetail: z.object({ ItemGroupLine: z.array(component).nullish() }).nullish(),
});

export type Item = z.infer<typeof item>;

export const validate = validatorFor<Item>(item);
