import { isObject } from "../company/input.js";

/**
 * The properties QuickBooks knows of each object; any other is refused, wherever it stands. Source: the v3 schema, and for a few fields recorded answers
 * of 2026 that are newer than it.
 */
const listed: Readonly<Record<string, string>> = {
  Customer: `
    Id SyncToken MetaData CustomField AttachableRef IntuitId Organization Title GivenName MiddleName FamilyName
    Suffix FullyQualifiedName CompanyName DisplayName PrintOnCheckName UserId Active V4IDPseudonym PrimaryPhone
    AlternatePhone Mobile Fax PrimaryEmailAddr WebAddr OtherContactInfo DefaultTaxCodeRef Taxable BillAddr ShipAddr
    OtherAddr ContactName AltContactName Notes Job BillWithParent RootCustomerRef ParentRef Level CustomerTypeRef
    SalesTermRef SalesRepRef TaxGroupCodeRef TaxRateRef PaymentMethodRef CCDetail PriceLevelRef Balance
    OpenBalanceDate BalanceWithJobs CreditLimit AcctNum CurrencyRef OverDueBalance TotalRevenue TotalExpense
    PreferredDeliveryMethod ResaleNum JobInfo TDSEnabled CustomerEx SecondaryTaxIdentifier ARAccountRef
    PrimaryTaxIdentifier TaxExemptionReasonId IsProject BusinessNumber GSTIN GSTRegistrationType IsCISContractor
    ClientCompanyId ClientEntityId Source TaxRegime
  `,
  Account: `
    Id SyncToken MetaData CustomField AttachableRef Name SubAccount ParentRef Description FullyQualifiedName
    AccountAlias TxnLocationType Active Classification AccountType AccountSubType AccountPurposes AcctNum
    AcctNumExtn BankNum OpeningBalance OpeningBalanceDate CurrentBalance CurrentBalanceWithSubAccounts CurrencyRef
    TaxAccount TaxCodeRef OnlineBankingEnabled FIName JournalCodeRef AccountEx
  `,
  Item: `
    Id SyncToken MetaData CustomField AttachableRef Name Sku Description Active SubItem ParentRef Level
    FullyQualifiedName Taxable SalesTaxIncluded PercentBased UnitPrice RatePercent Type PaymentMethodRef UOMSetRef
    IncomeAccountRef PurchaseDesc PurchaseTaxIncluded PurchaseCost ExpenseAccountRef COGSAccountRef AssetAccountRef
    PrefVendorRef AvgCost TrackQtyOnHand QtyOnHand QtyOnPurchaseOrder QtyOnSalesOrder ReorderPoint ManPartNum
    DepositToAccountRef SalesTaxCodeRef PurchaseTaxCodeRef InvStartDate BuildPoint PrintGroupedItems SpecialItem
    SpecialItemType ItemGroupDetail ItemAssemblyDetail AbatementRate ReverseChargeRate ServiceType ItemCategoryType
    ItemEx TaxClassificationRef UQCDisplayText UQCId ClassRef Source DeferredRevenue
  `,
  Invoice: `
    Id SyncToken MetaData CustomField AttachableRef DocNumber TxnDate DepartmentRef CurrencyRef ExchangeRate
    PrivateNote TxnStatus LinkedTxn Line TxnTaxDetail TxnSource TaxFormType TaxFormNum TransactionLocationType Tag
    TxnApprovalInfo RecurDataRef RecurringInfo ProjectRef TotalCostAmount HomeTotalCostAmount AutoDocNumber
    CustomerRef CustomerMemo BillAddr ShipAddr FreeFormAddress ShipFromAddr RemitToRef ClassRef SalesTermRef DueDate
    SalesRepRef PONumber FOB ShipMethodRef ShipDate TrackingNum GlobalTaxCalculation TotalAmt HomeTotalAmt
    ApplyTaxAfterDiscount ShippingTaxIncludedInTotalTax TemplateRef PrintStatus EmailStatus BillEmail BillEmailCc
    BillEmailBcc ARAccountRef Balance HomeBalance FinanceCharge PaymentMethodRef PaymentRefNum PaymentType
    CheckPayment CreditCardPayment DepositToAccountRef DeliveryInfo DiscountRate DiscountAmt GovtTxnRefIdentifier
    TaxExemptionRef Deposit AllowIPNPayment AllowOnlinePayment AllowOnlineCreditCardPayment AllowOnlineACHPayment
    AllowOnlinePayPalPayment EInvoiceStatus ECloudStatusTimeStamp CfdiUse Exportation GlobalInfo invoiceStatus
    callToAction invoiceStatusLog InvoiceEx LessCIS InvoiceLink PaymentDetailsMessage ConvenienceFeeDetail
    InvoiceLinkSecurityCode InvoiceLinkExpiryDate AutoPayEligible SchedulePayEligible ScheduledPaymentId
    GratuityEnabled FinancingProductType SubscriptionPaymentsSetting
  `,
  Payment: `
    Id SyncToken MetaData CustomField AttachableRef DocNumber TxnDate DepartmentRef CurrencyRef ExchangeRate
    PrivateNote TxnStatus LinkedTxn Line TxnTaxDetail TxnSource TaxFormType TaxFormNum TransactionLocationType Tag
    TxnApprovalInfo RecurDataRef RecurringInfo ProjectRef TotalCostAmount HomeTotalCostAmount CustomerRef RemitToRef
    ARAccountRef DepositToAccountRef PaymentMethodRef PaymentRefNum PaymentType CheckPayment CreditCardPayment
    TotalAmt UnappliedAmt ProcessPayment PaymentEx
  `,
  CreditMemo: `
    Id SyncToken MetaData CustomField AttachableRef DocNumber TxnDate DepartmentRef CurrencyRef ExchangeRate
    PrivateNote TxnStatus LinkedTxn Line TxnTaxDetail TxnSource TaxFormType TaxFormNum TransactionLocationType Tag
    TxnApprovalInfo RecurDataRef RecurringInfo ProjectRef TotalCostAmount HomeTotalCostAmount AutoDocNumber
    CustomerRef CustomerMemo BillAddr ShipAddr FreeFormAddress ShipFromAddr RemitToRef ClassRef SalesTermRef DueDate
    SalesRepRef PONumber FOB ShipMethodRef ShipDate TrackingNum GlobalTaxCalculation TotalAmt HomeTotalAmt
    ApplyTaxAfterDiscount ShippingTaxIncludedInTotalTax TemplateRef PrintStatus EmailStatus BillEmail BillEmailCc
    BillEmailBcc ARAccountRef Balance HomeBalance FinanceCharge PaymentMethodRef PaymentRefNum PaymentType
    CheckPayment CreditCardPayment DepositToAccountRef DeliveryInfo DiscountRate DiscountAmt GovtTxnRefIdentifier
    TaxExemptionRef RemainingCredit InvoiceRef CreditMemoEx
  `,
  PhysicalAddress: `
    Id Line1 Line2 Line3 Line4 Line5 City Country CountryCode County CountrySubDivisionCode PostalCode
    PostalCodeSuffix Lat Long Tag Note
  `,
  Line: `
    Id LineNum Description Amount Received LinkedTxn DetailType PaymentLineDetail DiscountLineDetail TaxLineDetail
    SalesItemLineDetail DescriptionLineDetail ItemBasedExpenseLineDetail AccountBasedExpenseLineDetail
    ReimburseLineDetail DepositLineDetail PurchaseOrderItemLineDetail SalesOrderItemLineDetail ItemReceiptLineDetail
    JournalEntryLineDetail GroupLineDetail SubTotalLineDetail TDSLineDetail ItemAdjustmentLineDetail CustomField
    LineEx ProjectRef CostAmount HomeCostAmount CustomExtensions
  `,
  SalesItemLineDetail: `
    ItemRef ClassRef UnitPrice UnitCostPrice RatePercent PriceLevelRef MarkupInfo Qty UOMRef ItemAccountRef
    InventorySiteRef TaxCodeRef TaxClassificationRef ServiceDate TaxInclusiveAmt DiscountRate DiscountAmt
    DeferredRevenue SalesItemLineDetailEx
  `,
  GroupLineDetail: `
    GroupItemRef Quantity UOMRef ServiceDate Line GroupLineDetailEx
  `,
  DiscountLineDetail: `
    DiscountRef PercentBased DiscountPercent DiscountAccountRef ServiceDate ClassRef TaxCodeRef DiscountLineDetailEx
  `,
  DescriptionLineDetail: `
    ServiceDate TaxCodeRef DescriptionLineDetailEx
  `,
  LinkedTxn: `
    TxnId TxnType TxnLineId
  `,
};

/** On every object that is a record of its own. */
const everywhere = ["domain", "status", "sparse"];

const known: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries(listed).map(([name, properties]) => [
    name,
    new Set([...properties.trim().split(/\s+/), ...everywhere]),
  ]),
);

/** What kind of object a property holds, where that is not its own name. */
const kinds: Readonly<Record<string, string>> = {
  BillAddr: "PhysicalAddress",
  ShipAddr: "PhysicalAddress",
  ShipFromAddr: "PhysicalAddress",
};

/** A property QuickBooks does not know, with the object it stands in. */
export interface Unknown {
  readonly property: string;
  readonly object: string;
  /** How many properties that object has. */
  readonly count: number;
}

/** The first property of the value that its object does not have; objects of kinds not listed hold anything. */
export function unknownProperty(value: unknown, object: string): Unknown | undefined {
  if (Array.isArray(value)) return firstOf(value, (each) => unknownProperty(each, object));
  if (!isObject(value)) return undefined;
  const properties = known.get(object);
  const property = properties && Object.keys(value).find((name) => !properties.has(name));
  if (properties && property !== undefined) return { property, object, count: properties.size };
  return firstOf(Object.entries(value), ([name, each]) => unknownProperty(each, kinds[name] ?? name));
}

function firstOf<T>(values: readonly T[], find: (value: T) => Unknown | undefined): Unknown | undefined {
  for (const value of values) {
    const found = find(value);
    if (found) return found;
  }
  return undefined;
}
