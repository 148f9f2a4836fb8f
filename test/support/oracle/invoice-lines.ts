import { day, flag, number, ref, text } from "./expressions.js";
import type { ChildOracle } from "./types.js";

/** The lines of invoices, one after another, those of a bundle right behind it. */
export const invoiceLines: ChildOracle = {
  table: "invoice_lines",
  rows: `SELECT own.id, own.position, own.r, own.currency, bundle.position AS group_position
        FROM placed own LEFT JOIN placed bundle ON bundle.id = own.id AND bundle.path = trim_array(own.path, 1)`,
  columns: {
    group_position: "group_position::integer",
    kind: `CASE ${text("DetailType")} WHEN 'SalesItemLineDetail' THEN 'SALES' WHEN 'GroupLineDetail' THEN 'GROUP'
          WHEN 'DiscountLineDetail' THEN 'DISCOUNT' WHEN 'DescriptionOnly' THEN 'DESCRIPTION'
          WHEN 'SubTotalLineDetail' THEN 'SUBTOTAL' ELSE 'OTHER' END`,
    line_id: text("Id"),
    detail_type: text("DetailType"),
    description: text("Description"),
    amount: number("Amount"),
    currency: "currency",
    item_ref: `coalesce(${ref("SalesItemLineDetail.ItemRef")}, ${ref("GroupLineDetail.GroupItemRef")})`,
    account_ref: `coalesce(${ref("SalesItemLineDetail.ItemAccountRef")}, ${ref("DiscountLineDetail.DiscountAccountRef")})`,
    quantity: `coalesce(${number("SalesItemLineDetail.Qty")}, ${number("GroupLineDetail.Quantity")})`,
    unit_price: number("SalesItemLineDetail.UnitPrice"),
    tax_code: `coalesce(${ref("SalesItemLineDetail.TaxCodeRef")}, ${ref("DescriptionLineDetail.TaxCodeRef")})`,
    service_date: `coalesce(${day("SalesItemLineDetail.ServiceDate")}, ${day("DescriptionLineDetail.ServiceDate")})`,
    is_percent_based: flag("DiscountLineDetail.PercentBased"),
    discount_percent: number("DiscountLineDetail.DiscountPercent"),
  },
};
