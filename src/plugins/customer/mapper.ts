import type { Mapped } from "../plugin.js";
import type { children, fields } from "./type.js";
import type { Customer } from "./validator.js";

export function map(customer: Customer): Mapped<typeof fields, typeof children> {
  return {
    row: {
      displayName: customer.DisplayName,
      fullyQualifiedName: customer.FullyQualifiedName,
      companyName: customer.CompanyName,
      title: customer.Title,
      givenName: customer.GivenName,
      middleName: customer.MiddleName,
      familyName: customer.FamilyName,
      suffix: customer.Suffix,
      printOnCheckName: customer.PrintOnCheckName,
      primaryContactName: contactName(customer),
      primaryContactEmail: customer.PrimaryEmailAddr,
      primaryContactPhone: customer.PrimaryPhone,
      alternatePhone: customer.AlternatePhone,
      mobilePhone: customer.Mobile,
      faxNumber: customer.Fax,
      website: customer.WebAddr,
      businessAddress: customer.BillAddr,
      shippingAddress: customer.ShipAddr,
      notes: customer.Notes,
      taxable: customer.Taxable,
      resaleNumber: customer.ResaleNum,
      isJob: customer.Job,
      isProject: customer.IsProject,
      billWithParent: customer.BillWithParent,
      level: customer.Level,
      parent: customer.ParentRef,
      preferredDelivery: customer.PreferredDeliveryMethod,
      currency: customer.CurrencyRef,
      balance: customer.Balance,
      balanceWithJobs: customer.BalanceWithJobs,
      creditLimit: customer.CreditLimit,
    },
    children: {},
  };
}

function contactName({ GivenName, MiddleName, FamilyName }: Customer): string | null {
  return [GivenName, MiddleName, FamilyName].filter(Boolean).join(" ") || null;
}
