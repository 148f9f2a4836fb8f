import { defineEntity } from "../plugin.js";
import { erasure } from "./erasure.js";
import { map, stateOf } from "./mapper.js";
import { spares } from "./spares.js";
import { children, fields } from "./type.js";
import { validate } from "./validator.js";
import { writes } from "./writes.js";

export const invoice = defineEntity({
  name: "Invoice",
  plural: "invoices",
  label: "Invoice",
  description: "A bill to a customer.",
  table: "invoices",
  mappingVersion: 1,
  quickbooks: {
    kind: "TRANSACTION",
    removals: ["VOIDED", "DELETED"],
    variesByReading: ["FreeFormAddress", "InvoiceLink"],
  },
  fields,
  children,
  defaultOrder: { field: "txnDate", direction: "DESC" },
  validate,
  map,
  stateOf,
  writes,
  erasure,
  spares,
});
