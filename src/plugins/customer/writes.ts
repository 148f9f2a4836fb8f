import { addressProblems } from "../addresses.js";
import { fullName, parentProblems, parentProperty, problem, recordNamed, sparseRequest, textOf } from "../names.js";
import {
  addressProperty,
  bodyOf,
  flagProperty,
  given,
  innerTextProperty,
  referenceProperty,
  textProperty,
  uncleared,
} from "../writes.js";
import type { EntityWrites, Known, Payload, Property, Values, WantedWrite, WriteProblem } from "../writes.js";

const properties: Readonly<Record<string, Property>> = {
  displayName: textProperty("DisplayName"),
  companyName: textProperty("CompanyName"),
  title: textProperty("Title"),
  givenName: textProperty("GivenName"),
  middleName: textProperty("MiddleName"),
  familyName: textProperty("FamilyName"),
  suffix: textProperty("Suffix"),
  printOnCheckName: textProperty("PrintOnCheckName"),
  primaryContactEmail: innerTextProperty("PrimaryEmailAddr", "Address"),
  primaryContactPhone: innerTextProperty("PrimaryPhone", "FreeFormNumber"),
  alternatePhone: innerTextProperty("AlternatePhone", "FreeFormNumber"),
  mobilePhone: innerTextProperty("Mobile", "FreeFormNumber"),
  faxNumber: innerTextProperty("Fax", "FreeFormNumber"),
  website: innerTextProperty("WebAddr", "URI"),
  notes: textProperty("Notes"),
  taxable: flagProperty("Taxable"),
  resaleNumber: textProperty("ResaleNum"),
  billWithParent: flagProperty("BillWithParent"),
  parent: parentProperty("Job"),
  preferredDelivery: textProperty("PreferredDeliveryMethod"),
  currency: referenceProperty("CurrencyRef"),
};

/** The properties that hold addresses. */
const addresses = { businessAddress: "BillAddr", shippingAddress: "ShipAddr" } as const;

function body(values: Values, current: Payload | undefined): Payload {
  return { ...bodyOf(properties, values), ...addressesBody(values, current) };
}

/**
 * Addresses keep their Id and whatever else QuickBooks holds in them, but for the place on the map. Where both are one
 * (recorded: a customer whose goods go where its bills go has the same Id in both), the other is sent along as it stands, and the edited one becomes its own.
 */
function addressesBody(values: Values, current: Payload = {}): Payload {
  const [bill, ship] = [objectOf(current["BillAddr"]), objectOf(current["ShipAddr"])];
  const isShared = bill?.["Id"] !== undefined && bill["Id"] === ship?.["Id"];
  const write = (path: keyof typeof addresses): Payload => {
    const { Lat: _lat, Long: _long, Id, ...held } = objectOf(current[addresses[path]]) ?? {};
    const own = isShared || Id === undefined ? held : { Id, ...held };
    return path in values ? addressProperty(addresses[path], own)(values[path]) : {};
  };
  const written = { ...write("businessAddress"), ...write("shippingAddress") };
  const isOne = isShared && Object.keys(written).length === 1;
  return isOne ? { BillAddr: bill, ShipAddr: ship, ...written } : written;
}

const mailbox = /^[^@\s]+@[^@\s]+\.[^@\s]+$/;

function check(wanted: WantedWrite): readonly WriteProblem[] {
  const { operation, before } = wanted;
  const balance = textOf(before?.row["balance"]) ?? "0";
  if (operation === "DEACTIVATE" && balance !== "0") {
    const message = `The balance is ${balance}, and QuickBooks only deactivates customers without one: settle or write off what is open first.`;
    return [problem("state", message)];
  }
  return [
    ...emailProblems(wanted),
    ...addressProblems(wanted.values, Object.keys(addresses)),
    ...familyProblems(wanted),
    ...uncleared(wanted, remedies),
  ];
}

const remedies = {
  taxable: "say whether the customer's sales are taxed",
  billWithParent: "say whether the bills go to the parent",
  preferredDelivery: "give None for a customer who gets no invoices sent",
  printOnCheckName: "give the name that checks are to show",
};

function emailProblems({ values }: WantedWrite): readonly WriteProblem[] {
  const all = textOf(values["primaryContactEmail"])?.split(",") ?? [];
  const wrong = all.find((each) => !mailbox.test(each.trim()));
  if (wrong === undefined) return [];
  const message = `"${wrong.trim()}" is no e-mail address: write it as name@example.com, several with commas between.`;
  return [problem("primaryContactEmail", message)];
}

/** Parents, who gets the bills, and the currency that a family shares. */
function familyProblems(wanted: WantedWrite): readonly WriteProblem[] {
  const { values, result, company } = wanted;
  const { homeCurrency, isMultiCurrency } = company;
  const isAlone = ("parent" in values || "billWithParent" in values) && textOf(result["parent"]) === undefined;
  const asked = textOf(values["currency"]);
  const isForeign = asked !== undefined && homeCurrency !== null && asked !== homeCurrency;
  const own = textOf(result["currency"]) ?? homeCurrency;
  const theirs = textOf(recordNamed(wanted, "Customer", values["parent"])?.["currency"]);
  return [
    ...parentProblems(wanted, "Customer"),
    ...(isAlone && result["billWithParent"] === true
      ? [
          problem(
            "billWithParent",
            "Only a customer with a parent is billed with it: give a parent, or say false here.",
          ),
        ]
      : []),
    ...(asked !== undefined && !currencyCode.test(asked)
      ? [problem("currency", "Give the three letters of the currency, such as USD.")]
      : []),
    ...(isForeign && !isMultiCurrency
      ? [
          problem(
            "currency",
            "Other currencies need multicurrency: turn it on in QuickBooks, or leave the currency out.",
          ),
        ]
      : []),
    ...(theirs !== undefined && own !== null && theirs !== own
      ? [problem("parent", `The parent is billed in ${theirs}: choose one in the customer's own currency.`)]
      : []),
  ];
}

const currencyCode = /^[A-Z]{3}$/;

function expected(values: Values, known?: Known): Payload {
  const held = given(values);
  const { displayName, companyName, givenName, familyName, parent, currency = known?.company.homeCurrency } = held;
  const person = [givenName, familyName].filter(Boolean).join(" ");
  const level = levelOf(recordNamed({ referenced: known?.referenced ?? (() => undefined) }, "Customer", parent));
  return {
    ...{ Taxable: true, Job: false, BillWithParent: false, PreferredDeliveryMethod: "Print", IsProject: false },
    ...{ Active: true, Balance: 0, BalanceWithJobs: 0, PrintOnCheckName: companyName ?? (person || displayName) },
    ...fullName("Customer", displayName, parent, known),
    ...(level !== undefined && { Level: level }),
    ...(textOf(currency) !== undefined && { CurrencyRef: { value: currency } }),
    ...body(held, undefined),
  };
}

function levelOf(parent: Values | undefined): number | undefined {
  return parent && (typeof parent["level"] === "number" ? parent["level"] : 0) + 1;
}

function objectOf(value: unknown): Payload | undefined {
  return typeof value === "object" && value !== null ? { ...value } : undefined;
}

/** Updates are sparse (Customer reference): what they do not name stays. */
export const writes: EntityWrites = {
  operations: ["CREATE", "UPDATE", "DEACTIVATE", "REACTIVATE"],
  unique: { field: "displayName" },
  check,
  request: sparseRequest("DisplayName", body),
  expected,
};
