import { Rate, Ref } from "../company/value.js";
import type { Fields } from "../company/value.js";
import { between, chance, pick } from "./random.js";
import type { Random } from "./random.js";
import { familyNames, firstWords, givenNames, goods, services, streets, towns, trades } from "./words.js";

/** The written fields of generated customers and items. */

function address(random: Random, id: number): Fields {
  const town = pick(random, towns);
  return {
    Id: String(id),
    Line1: `${String(between(random, 1, 9999))} ${pick(random, streets)}`,
    City: town.city,
    CountrySubDivisionCode: town.state,
    PostalCode: town.postal,
    ...(chance(random, 0.7)
      ? { Lat: `37.${String(between(random, 1e6, 9e6))}`, Long: `-122.${String(between(random, 1e6, 9e6))}` }
      : { Lat: "INVALID", Long: "INVALID" }),
  };
}

function phone(random: Random): Fields {
  return {
    FreeFormNumber: `(${String(between(random, 201, 989))}) 555-${String(between(random, 100, 9999)).padStart(4, "0")}`,
  };
}

/** A company or a person; `number` keeps the names apart. */
export function customerFields(random: Random, number: number, currency: string | undefined): Fields {
  const given = pick(random, givenNames);
  const family = pick(random, familyNames);
  const isCompany = chance(random, 0.6);
  const base = isCompany ? `${pick(random, firstWords)} ${pick(random, trades)}` : `${given} ${family}`;
  const name = number <= 5 ? base : `${base} ${String(number)}`;
  const place = address(random, number * 2);
  return {
    Taxable: chance(random, 0.6),
    BillAddr: place,
    ...(chance(random, 0.7) ? { ShipAddr: place } : {}),
    ...(chance(random, 0.1)
      ? { Notes: `Came by recommendation.\nGate code ${String(between(random, 1000, 9999))}.` }
      : {}),
    ...(currency === undefined ? {} : { CurrencyRef: { value: currency } }),
    PreferredDeliveryMethod: chance(random, 0.8) ? "Print" : "Email",
    GivenName: given,
    ...(chance(random, 0.1) ? { MiddleName: "M." } : {}),
    FamilyName: family,
    ...(isCompany ? { CompanyName: name } : {}),
    DisplayName: name,
    ...(chance(random, 0.9) ? { PrimaryPhone: phone(random) } : {}),
    ...(chance(random, 0.2) ? { Mobile: phone(random) } : {}),
    ...(chance(random, 0.9)
      ? { PrimaryEmailAddr: { Address: `${given}.${family.replace("'", "")}@example.com`.toLowerCase() } }
      : {}),
    ...(chance(random, 0.2)
      ? { WebAddr: { URI: `https://www.${family.replace("'", "").toLowerCase()}.example` } }
      : {}),
  };
}

/** A site of a customer: billed on its own, counted with its parent. */
export function siteFields(random: Random, number: number, parent: Fields, parentId: string): Fields {
  return {
    ...customerFields(random, number, undefined),
    ...(parent["CurrencyRef"] === undefined ? {} : { CurrencyRef: parent["CurrencyRef"] }),
    DisplayName: `${pick(random, streets)} site ${String(number)}`,
    CompanyName: parent["CompanyName"],
    ParentRef: { value: parentId },
  };
}

export interface ItemAccounts {
  readonly services: string;
  readonly products: string;
  readonly cost: string;
  readonly stock: string;
}

function service(random: Random, number: number, accounts: ItemAccounts): Fields {
  const name = `${pick(random, services)} ${String(number)}`;
  return {
    Name: name,
    Description: `${name}, per visit`,
    Type: "Service",
    Taxable: chance(random, 0.3),
    IncomeAccountRef: new Ref("Account", accounts.services),
  };
}

function product(random: Random, number: number, accounts: ItemAccounts, date: string): Fields {
  const name = `${pick(random, goods)} ${String(number)}`;
  const sold = {
    Name: name,
    Sku: `G-${String(number).padStart(4, "0")}`,
    Description: name,
    Taxable: true,
    IncomeAccountRef: new Ref("Account", accounts.products),
  };
  if (chance(random, 0.4)) return { ...sold, Type: "NonInventory" };
  return {
    ...sold,
    Type: "Inventory",
    PurchaseDesc: name,
    PurchaseCost: new Rate(String(between(random, 50, 9_000) / 100)),
    ExpenseAccountRef: new Ref("Account", accounts.cost),
    AssetAccountRef: new Ref("Account", accounts.stock),
    TrackQtyOnHand: true,
    QtyOnHand: new Rate(String(between(random, 10, 5000))),
    InvStartDate: date,
  };
}

/** A service, a product kept in stock, or one that is not; `category` is the id of the category it is in. */
export function itemFields(
  random: Random,
  number: number,
  accounts: ItemAccounts,
  date: string,
  category: string | undefined,
): Fields {
  return {
    ...(category === undefined ? {} : { ParentRef: { value: category } }),
    UnitPrice: new Rate(String(between(random, 100, 30_000) / 100)),
    ...(chance(random, 0.5) ? service(random, number, accounts) : product(random, number, accounts, date)),
  };
}
