import { defineEntity } from "../plugin.js";
import { map } from "./mapper.js";
import { children, fields } from "./type.js";
import { validate } from "./validator.js";
import { writes } from "./writes.js";

export const account = defineEntity({
  name: "Account",
  plural: "accounts",
  label: "Account",
  description: "An account of the chart of accounts.",
  table: "accounts",
  mappingVersion: 1,
  quickbooks: { kind: "NAME_LIST", removals: ["DEACTIVATED", "MERGED"], variesByReading: [] },
  fields,
  children,
  defaultOrder: { field: "name", direction: "ASC" },
  validate,
  map,
  stateOf: ({ Active }) => (Active === false ? "INACTIVE" : "ACTIVE"),
  writes,
});
