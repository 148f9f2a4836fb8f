import { addressOf, decimalOf, idOf } from "../payload.js";
import type { Mapped } from "../plugin.js";
import type { children, fields } from "./type.js";
import type { Customer } from "./validator.js";

export function map(customer: Customer): Mapped<typeof fields, typeof children> {
  return {
    row: {
      displayName: customer.DisplayName,
      fullyQualifiedName: customer.FullyQualifiedName ?? null,
      companyName: customer.CompanyName ?? null,
      title: customer.Title ?? null,
      givenName: customer.GivenName ?? null,
      middleName: customer.MiddleName ?? null,
      familyName: customer.FamilyName ?? null,
      suffix: customer.Suffix ?? null,
      printOnCheckName: customer.PrintOnCheckName ?? null,
      primaryContactName: contactName(customer),
      primaryContactEmail: customer.PrimaryEmailAddr?.Address ?? null,
      primaryContactPhone: customer.PrimaryPhone?.FreeFormNumber ?? null,
      alternatePhone: customer.AlternatePhone?.FreeFormNumber ?? null,
      mobilePhone: customer.Mobile?.FreeFormNumber ?? null,
      faxNumber: customer.Fax?.FreeFormNumber ?? null,
      website: customer.WebAddr?.URI ?? null,
      businessAddress: addressOf(customer.BillAddr),
      shippingAddress: addressOf(customer.ShipAddr),
      notes: customer.Notes ?? null,
      taxable: customer.Taxable ?? null,
      resaleNumber: customer.ResaleNum ?? null,
      isJob: customer.Job ?? null,
      isProject: customer.IsProject ?? null,
      billWithParent: customer.BillWithParent ?? null,
      level: customer.Level ?? null,
      parent: idOf(customer.ParentRef),
      preferredDelivery: customer.PreferredDeliveryMethod ?? null,
      currency: idOf(customer.CurrencyRef),
      balance: decimalOf(customer.Balance),
      balanceWithJobs: decimalOf(customer.BalanceWithJobs),
      creditLimit: decimalOf(customer.CreditLimit),
    },
    children: {},
  };
}

function contactName({ GivenName, MiddleName, FamilyName }: Customer): string | null {
  return [GivenName, MiddleName, FamilyName].filter(Boolean).join(" ") || null;
}
