import { defineEntity } from "../plugin.js";
import { erasure } from "./erasure.js";
import { map, stateOf } from "./mapper.js";
import { spares } from "./spares.js";
import { children, fields } from "./type.js";
import { validate } from "./validator.js";
import { writes } from "./writes.js";

export const payment = defineEntity({
  name: "Payment",
  plural: "payments",
  label: "Payment",
  description: "Money received from a customer, or a credit applied, and the invoices it went to.",
  table: "payments",
  mappingVersion: 1,
  quickbooks: { kind: "TRANSACTION", removals: ["VOIDED", "DELETED"], variesByReading: [] },
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
