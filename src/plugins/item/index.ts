import { defineEntity } from "../plugin.js";
import { map } from "./mapper.js";
import { spares } from "./spares.js";
import { children, fields } from "./type.js";
import { validate } from "./validator.js";
import { writes } from "./writes.js";

export const item = defineEntity({
  name: "Item",
  plural: "items",
  label: "Item",
  description: "What the company sells or buys: a product, a service, a bundle, or a category of them.",
  table: "items",
  mappingVersion: 1,
  quickbooks: { kind: "NAME_LIST", removals: ["DEACTIVATED", "MERGED"], variesByReading: ["DeferredRevenue"] },
  fields,
  children,
  defaultOrder: { field: "name", direction: "ASC" },
  validate,
  map,
  stateOf: ({ Active }) => (Active === false ? "INACTIVE" : "ACTIVE"),
  writes,
  spares,
});
