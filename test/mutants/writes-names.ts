import type { Mutant } from "./mutant.js";

const sent = "test/plugins/writes-names.test.ts";
const checked = "test/plugins/writes-names-check.test.ts";
const declared = "test/plugins/declarations.test.ts";
const unchanged = "F10: an update changes what was edited, and clears and multiplies nothing else";
const cleared = "F10: what is cleared is gone, and nothing else is";
const activity = "F10: a deactivation and a reactivation leave all but the activity as it was, the name included";

/** What is asked of QuickBooks for customers, accounts and items. */
export const nameWritesMutants: readonly Mutant[] = [
  {
    name: "F10: an account's full update leaves out what was not edited",
    file: "src/plugins/account/writes.ts",
    find: ".filter(([name]) => !notSent.has(name))",
    replace: '.filter(([name]) => name === "Name" || name === "AccountType")',
    test: [sent, unchanged],
  },
  {
    name: "F10: an account's full update knows only the properties of today",
    file: "src/plugins/account/writes.ts",
    find: "!notSent.has(name)",
    replace: '!notSent.has(name) && !name.startsWith("Future")',
    test: [sent, "F10: an account's full update sends back what this gateway does not know"],
  },
  {
    name: "F10: an update of a name list is not sparse",
    file: "src/plugins/names.ts",
    find: "{ sparse: true, ...(activity",
    replace: "{ ...(activity",
    test: [sent, unchanged],
  },
  {
    name: "F10: a text is cleared by null, which QuickBooks takes for absent",
    file: "src/plugins/writes.ts",
    find: '(value) => ({ [name]: { [inner]: typeof value === "string" ? value : "" } })',
    replace: '(value) => ({ [name]: typeof value === "string" ? { [inner]: value } : null })',
    test: [sent, cleared],
  },
  {
    name: "F10: an address loses its Id",
    file: "src/plugins/customer/writes.ts",
    find: "isShared || Id === undefined ? held : { Id, ...held }",
    replace: "isShared || Id !== undefined ? held : { Id, ...held }",
    test: [sent, "F10: an address keeps its Id and what else stands in it, but for its place on the map"],
  },
  {
    name: "F10: an address that is both is changed in both places",
    file: "src/plugins/customer/writes.ts",
    find: 'bill["Id"] === ship?.["Id"]',
    replace: 'bill["Id"] === undefined',
    test: [
      sent,
      "F10: an address that is both the one for bills and the one for goods is changed in the one place only",
    ],
  },
  {
    name: "F10: who was deactivated keeps the suffix in the name",
    file: "src/plugins/names.ts",
    find: 'name.replace(deletedSuffix, "")',
    replace: "name",
    test: [sent, activity],
  },
  {
    name: "writes: a parent is cleared without its flag",
    file: "src/plugins/names.ts",
    find: '({ ParentRef: { value: textOf(value) ?? "" }, [flag]',
    replace: '({ ParentRef: { value: textOf(value) ?? "0" }, [flag]',
    test: [sent, cleared],
  },
  {
    name: "writes: a pending record looks otherwise than QuickBooks makes it",
    file: "src/plugins/names.ts",
    find: "`${above}:${String(name)}`",
    replace: "String(name)",
    test: [sent, "a new record looks as expected"],
  },
  {
    name: "writes: a record may stand below itself",
    file: "src/plugins/names.ts",
    find: "own !== undefined && `",
    replace: 'own === "" && `',
    test: [checked, "nobody stands below itself, nor deeper than five levels"],
  },
  {
    name: "writes: a customer with a balance is deactivated",
    file: "src/plugins/customer/writes.ts",
    find: 'balance !== "0"',
    replace: 'balance === "owing"',
    test: [checked, "a customer with a balance is not deactivated"],
  },
  {
    name: "writes: an address may be of any length",
    file: "src/plugins/addresses.ts",
    find: "length, 0) > longestInAll",
    replace: "length, 0) > longestInAll * longestInAll",
    test: [checked, "an address keeps to the lengths of its parts, and to that of all"],
  },
  {
    name: "writes: what QuickBooks never empties is cleared",
    file: "src/plugins/writes.ts",
    find: 'if (operation !== "UPDATE") return [];',
    replace: "if (operation) return [];",
    test: [checked, "what QuickBooks never empties cannot be cleared; the message says what to give instead"],
  },
  {
    name: "writes: inventory turns into a service",
    file: "src/plugins/item/writes.ts",
    find: "plain.includes(was) && plain.includes(type)",
    replace: "plain.includes(was) || plain.includes(type)",
    test: [checked, "only services and goods without stock turn into each other"],
  },
  {
    name: "writes: an account stands below one of another type",
    file: "src/plugins/account/writes.ts",
    find: 'parent["type"] !== type',
    replace: 'parent["type"] === ""',
    test: [checked, "an account stands below one of its own type"],
  },
  {
    name: "writes: a field that can be edited is not sent",
    file: "src/plugins/customer/writes.ts",
    find: '  mobilePhone: innerTextProperty("Mobile", "FreeFormNumber"),\n',
    replace: "",
    test: [declared, "its requests speak of every field that can be edited"],
  },
  {
    name: "simulator: goods that are only bought are refused",
    file: "simulator/entities/item.ts",
    find: '(type === "NonInventory" && written["ExpenseAccountRef"])',
    replace: '(type === "Goods" && written["ExpenseAccountRef"])',
    test: [sent, "goods without stock that are only bought need no account for sales; services do"],
  },
  {
    name: "simulator: empty parts of an address are kept",
    file: "simulator/writes/fields.ts",
    find: 'filter(([, part]) => part !== "")',
    replace: 'filter(([, part]) => part !== "never")',
    test: ["test/simulator/write-forms.test.ts", "empty parts of an address are nothing, and an address keeps its Id"],
  },
];
