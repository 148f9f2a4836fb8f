import { Money, Rate, idOf, textOf } from "../company/value.js";
import type { Fields } from "../company/value.js";
import type { Row } from "../company/table.js";
import { addressLengths, addressed } from "./address.js";
import { EditRefused, identity, kept, writable } from "./definition.js";
import type { Context, Draft, Entity } from "./definition.js";
import { currencyRef } from "./currency.js";
import { checkName } from "./names.js";
import { unknownReference } from "./refused.js";

const deepestLevel = 4;
const nameParts = ["Title", "GivenName", "MiddleName", "FamilyName", "Suffix"];

function displayName(fields: Fields): string {
  const composed = nameParts
    .map((name) => textOf(fields[name]))
    .filter((part) => part !== undefined && part !== "")
    .join(" ");
  const name = textOf(fields["DisplayName"]) ?? composed;
  if (name.trim() === "") {
    throw new EditRefused("Customer.DisplayName is missing: give it, or one of the name fields.", {
      code: "6080",
      element: "DisplayName",
      detail: `At least one of ${nameParts.join(", ")} or DisplayName must be specified.`,
    });
  }
  return name;
}

function parentOf(context: Context, { written, id }: Draft): Row | undefined {
  const parentId = idOf(written["ParentRef"]);
  if (parentId === undefined) return undefined;
  const parent = context.find("Customer", parentId);
  if (!parent) throw unknownReference("Customer.ParentRef", "Customer", parentId);
  for (
    let above: Row | undefined = parent;
    above;
    above = context.find("Customer", idOf(above.fields["ParentRef"]) ?? "")
  ) {
    if (above.id === id)
      throw new EditRefused(`Customer.ParentRef: ${parentId} stands below this customer itself.`, { code: "900" });
  }
  return parent;
}

function levelBelow(parent: Row | undefined): number {
  if (!parent) return 0;
  const level = parent.fields["Level"];
  return level instanceof Rate ? level.number + 1 : 1;
}

/** A stable stand-in for the opaque pseudonym QuickBooks shows. */
function pseudonym(id: string): string {
  let text = "";
  for (
    let hash = Number(id) + 0x9e37;
    text.length < 32;
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) + 0x297a2d39
  ) {
    text += (hash >>> 0).toString(16).padStart(8, "0");
  }
  return `002098${text.slice(0, 32)}`;
}

function complete(context: Context, draft: Draft): Fields {
  const { written, before, id } = draft;
  const name = displayName(written);
  checkName(context, { entity: "Customer", field: "DisplayName", own: name, unique: name }, id);
  const parent = parentOf(context, draft);
  const level = levelBelow(parent);
  if (level > deepestLevel)
    throw new EditRefused(`Customer.ParentRef: customers go ${String(deepestLevel)} levels deep at most.`, {
      code: "6180",
    });
  const currency = currencyRef(context, written["CurrencyRef"], "Customer");
  if (before && idOf(before.fields["CurrencyRef"]) !== idOf(currency)) {
    throw new EditRefused("Customer.CurrencyRef cannot be changed once the customer exists.");
  }
  if (parent && idOf(parent.fields["CurrencyRef"]) !== idOf(currency)) {
    throw new EditRefused(
      `Customer.ParentRef: customer ${parent.id} is kept in another currency; choose a parent in the same one.`,
    );
  }
  const personal = [textOf(written["GivenName"]), textOf(written["FamilyName"])].filter(Boolean).join(" ");
  return {
    Taxable: true,
    BillWithParent: false,
    PreferredDeliveryMethod: "Print",
    Active: true,
    ...written,
    BillAddr: addressed(context, written["BillAddr"], before?.fields["BillAddr"]),
    ShipAddr: addressed(context, written["ShipAddr"], before?.fields["ShipAddr"]),
    DisplayName: name,
    Job: parent !== undefined,
    ParentRef: parent ? { value: parent.id } : undefined,
    Level: parent ? new Rate(String(level)) : undefined,
    CurrencyRef: currency,
    FullyQualifiedName: parent ? `${textOf(parent.fields["FullyQualifiedName"]) ?? ""}:${name}` : name,
    PrintOnCheckName: textOf(written["PrintOnCheckName"]) ?? textOf(written["CompanyName"]) ?? (personal || name),
    V4IDPseudonym: pseudonym(id),
  };
}

/** Customers, with sub-customers down to four levels. Source: Customer reference; field order and ways of looking as recorded in 2026. */
export const customer: Entity = {
  name: "Customer",
  sequence: "names",
  nameField: "DisplayName",
  referenceName: "DisplayName",
  totalCount: false,
  defaultOrder: { property: "FullyQualifiedName", descending: false },
  fields: [
    ...writable("Taxable", "BillAddr", "ShipAddr", "Notes"),
    { name: "Job" },
    { name: "BillWithParent", writable: true },
    { name: "ParentRef", writable: true },
    { name: "Level" },
    ...writable("SalesTermRef", "PaymentMethodRef", "CustomerTypeRef", "ResaleNum"),
    { name: "Balance", kind: "number", filter: true, sort: true, shown: (row) => new Money(row.balance) },
    { name: "BalanceWithJobs", kind: "number", sort: true, shown: (row) => new Money(row.balanceWithChildren) },
    ...kept("CurrencyRef"),
    ...writable("PreferredDeliveryMethod"),
    { name: "IsProject", shown: () => false },
    { name: "ClientEntityId", ways: ["query"], shown: () => "0" },
    ...identity,
    ...writable("Title"),
    { name: "GivenName", writable: true, kind: "text", filter: true, sort: true },
    { name: "MiddleName", writable: true, kind: "text", filter: true, sort: true },
    { name: "FamilyName", writable: true, kind: "text", filter: true, sort: true },
    ...writable("Suffix"),
    { name: "FullyQualifiedName", kind: "text", filter: true, sort: true },
    { name: "CompanyName", writable: true, kind: "text", filter: true, sort: true },
    { name: "DisplayName", writable: true, kind: "text", filter: true, sort: true },
    { name: "PrintOnCheckName", writable: true, kind: "text", filter: true, sort: true },
    { name: "Active", writable: true, kept: true, kind: "boolean", filter: true, sort: true },
    { name: "V4IDPseudonym", ways: ["query", "read"] },
    ...writable("PrimaryPhone", "AlternatePhone", "Mobile", "Fax"),
    { name: "PrimaryEmailAddr", writable: true, kind: "text", filter: true },
    ...writable("WebAddr"),
    {
      name: "DefaultTaxCodeRef",
      ways: ["read", "create", "update"],
      shown: ({ fields }) => (fields["Taxable"] === true ? { value: "2" } : undefined),
    },
  ],
  lengths: {
    Title: 16,
    GivenName: 100,
    MiddleName: 100,
    FamilyName: 100,
    Suffix: 16,
    DisplayName: 500,
    CompanyName: 100,
    PrintOnCheckName: 110,
    ResaleNum: 16,
    Notes: 2000,
    "PrimaryPhone.FreeFormNumber": 30,
    "AlternatePhone.FreeFormNumber": 30,
    "Mobile.FreeFormNumber": 30,
    "Fax.FreeFormNumber": 30,
    "PrimaryEmailAddr.Address": 100,
    ...addressLengths("BillAddr"),
    ...addressLengths("ShipAddr"),
  },
  complete,
};
