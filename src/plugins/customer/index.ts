import { defineEntity } from "../plugin.js";
import { erasure } from "./erasure.js";
import { map } from "./mapper.js";
import { spares } from "./spares.js";
import { children, fields } from "./type.js";
import { validate } from "./validator.js";
import { writes } from "./writes.js";

export const customer = defineEntity({
  name: "Customer",
  plural: "customers",
  label: "Customer",
  description: "Who the company sells to: a customer, or a sub-customer, job or project of one.",
  table: "customers",
  mappingVersion: 1,
  quickbooks: {
    kind: "NAME_LIST",
    removals: ["DEACTIVATED", "MERGED"],
    variesByReading: ["ClientEntityId", "DefaultTaxCodeRef", "V4IDPseudonym"],
  },
  fields,
  children,
  defaultOrder: { field: "displayName", direction: "ASC" },
  validate,
  map,
  stateOf: ({ Active }) => (Active === false ? "INACTIVE" : "ACTIVE"),
  writes,
  erasure,
  spares,
});
