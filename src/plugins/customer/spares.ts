import type { Spares } from "../erasing.js";

/** Names, addresses and numbers: balances and invoices need none of them. */
export const spares: Spares = {
  companyName: { places: ["CompanyName"] },
  title: { places: ["Title"] },
  givenName: { places: ["GivenName"] },
  middleName: { places: ["MiddleName"] },
  familyName: { places: ["FamilyName"] },
  suffix: { places: ["Suffix"] },
  printOnCheckName: { places: ["PrintOnCheckName"] },
  primaryContactEmail: { places: ["PrimaryEmailAddr"] },
  primaryContactPhone: { places: ["PrimaryPhone"] },
  alternatePhone: { places: ["AlternatePhone"] },
  mobilePhone: { places: ["Mobile"] },
  faxNumber: { places: ["Fax"] },
  website: { places: ["WebAddr"] },
  businessAddress: { places: ["BillAddr"] },
  shippingAddress: { places: ["ShipAddr"] },
  notes: { places: ["Notes"] },
  resaleNumber: { places: ["ResaleNum"] },
  PrimaryTaxIdentifier: { places: ["PrimaryTaxIdentifier"] },
  SecondaryTaxIdentifier: { places: ["SecondaryTaxIdentifier"] },
  GSTIN: { places: ["GSTIN"] },
  OtherContactInfo: { places: ["OtherContactInfo"] },
};
