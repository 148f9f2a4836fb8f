import { text } from "../../src/plugins/fields.js";
import { defineEntity } from "../../src/plugins/plugin.js";

const line = {
  lineId: text({ label: "Id", description: "Its id." }),
  amount: text({ label: "Amount", description: "How much.", edit: {} }),
};

/** An entity that shows every way in which fields are compared: alone, in a group, and as a list. */
export const thing = defineEntity({
  name: "Thing",
  plural: "things",
  label: "Thing",
  description: "A thing.",
  table: "things",
  mappingVersion: 1,
  quickbooks: { kind: "TRANSACTION", removals: ["VOIDED", "DELETED"], variesByReading: [] },
  fields: {
    name: text({ label: "Name", description: "Its name.", edit: {} }),
    note: text({ label: "Note", description: "What was noted.", edit: {} }),
    parent: text({ label: "Parent", description: "What it belongs to.", edit: { group: "parent" } }),
    role: text({ label: "Role", description: "What it is to its parent.", edit: { group: "parent" } }),
  },
  children: {
    lines: {
      table: "thing_lines",
      type: "ThingLine",
      description: "A line.",
      fields: line,
      edit: { id: "lineId" },
    },
  },
  defaultOrder: { field: "name", direction: "ASC" },
  validate: () => ({}),
  map: () => ({ row: { name: null, note: null, parent: null, role: null }, children: { lines: [] } }),
  stateOf: () => "ACTIVE",
});

/** All that can be edited of it, where a test says nothing else. */
export const values = { name: "A", note: "n", parent: "1", role: "job", lines: [{ lineId: "1", amount: "5" }] };
