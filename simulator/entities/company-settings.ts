import type { Fields } from "../company/value.js";
import { identity, writable } from "./definition.js";
import type { Context, Draft, Entity } from "./definition.js";

const nameValues: readonly (readonly [string, string])[] = [
  ["NeoEnabled", "true"],
  ["IndustryType", "Horticulture and landscaping"],
  ["CompanyType", "Limited Liability"],
  ["SubscriptionStatus", "SUBSCRIBED"],
  ["OfferingSku", "QuickBooks Online Plus"],
  ["PayrollFeature", "false"],
  ["AccountantFeature", "false"],
  ["ItemCategoriesFeature", "true"],
  ["AssignedTime", "03/02/2021 09:00:00"],
];

function completeInfo(_context: Context, { written }: Draft): Fields {
  return {
    LegalName: written["CompanyName"],
    Country: "US",
    FiscalYearStartMonth: "January",
    SupportedLanguages: "en",
    DefaultTimeZone: "America/Los_Angeles",
    ...written,
    NameValue: nameValues.map(([Name, Value]) => ({ Name, Value })),
  };
}

/** The one record that describes the company. Its id is always "1". */
export const companyInfo: Entity = {
  name: "CompanyInfo",
  sequence: "single",
  totalCount: false,
  defaultOrder: { property: "Id", descending: false },
  fields: [
    ...writable(
      "CompanyName",
      "LegalName",
      "CompanyAddr",
      "CustomerCommunicationAddr",
      "LegalAddr",
      "CustomerCommunicationEmailAddr",
    ),
    ...writable(
      "PrimaryPhone",
      "CompanyStartDate",
      "EmployerId",
      "FiscalYearStartMonth",
      "Country",
      "Email",
      "WebAddr",
    ),
    ...writable("SupportedLanguages", "DefaultTimeZone"),
    { name: "NameValue" },
    ...identity,
  ],
  complete: completeInfo,
};

const standardPreferences: Fields = {
  AccountingInfoPrefs: {
    FirstMonthOfFiscalYear: "January",
    UseAccountNumbers: false,
    TaxYearMonth: "January",
    ClassTrackingPerTxn: false,
    TrackDepartments: false,
    CustomerTerminology: "Customers",
  },
  ProductAndServicesPrefs: {
    ForSales: true,
    ForPurchase: true,
    QuantityWithPriceAndRate: true,
    QuantityOnHand: true,
  },
  SalesFormsPrefs: {
    CustomTxnNumbers: false,
    AllowDeposit: false,
    AllowDiscount: true,
    AllowEstimates: true,
    AllowServiceDate: false,
    AllowShipping: false,
    DefaultTerms: { value: "3" },
  },
  VendorAndPurchasesPrefs: { TrackingByCustomer: true, BillableExpenseTracking: true },
  TimeTrackingPrefs: {
    UseServices: true,
    BillCustomers: true,
    ShowBillRateToAll: false,
    WorkWeekStartDate: "Monday",
    MarkTimeEntriesBillable: true,
  },
  TaxPrefs: { UsingSalesTax: true, TaxGroupCodeRef: { value: "2" }, PartnerTaxEnabled: false },
  ReportPrefs: { ReportBasis: "Accrual", CalcAgingReportFromTxnDate: false },
};

function completePreferences(context: Context, { written }: Draft): Fields {
  return {
    ...standardPreferences,
    ...written,
    CurrencyPrefs: {
      MultiCurrencyEnabled: context.currencies.length > 0,
      HomeCurrency: { value: context.homeCurrency },
    },
    OtherPrefs: { NameValue: [] },
  };
}

/** The company's preferences: one record, id "1". */
export const preferences: Entity = {
  name: "Preferences",
  sequence: "single",
  totalCount: false,
  defaultOrder: { property: "Id", descending: false },
  fields: [
    ...writable("AccountingInfoPrefs", "ProductAndServicesPrefs", "SalesFormsPrefs", "VendorAndPurchasesPrefs"),
    ...writable("TimeTrackingPrefs", "TaxPrefs"),
    { name: "CurrencyPrefs" },
    ...writable("ReportPrefs"),
    { name: "OtherPrefs" },
    ...identity,
  ],
  complete: completePreferences,
};
