import { address, day, flag, instant, integer, number, ref, text } from "./expressions.js";
import { invoiceLines } from "./invoice-lines.js";
import type { Columns, EntityOracle } from "./types.js";

const envelope: Columns = {
  quickbooks_id: text("Id"),
  sync_token: integer("SyncToken"),
  created_in_quickbooks_at: instant("MetaData.CreateTime"),
  updated_in_quickbooks_at: instant("MetaData.LastUpdatedTime"),
  raw: "r",
};

const nameList: Columns = { ...envelope, state: `CASE WHEN ${flag("Active")} THEN 'ACTIVE' ELSE 'INACTIVE' END` };

/** A voided transaction keeps its place with nothing but zeros, and its private note begins with "Voided". */
const transaction: Columns = {
  ...envelope,
  state: `CASE WHEN ${text("PrivateNote")} LIKE 'Voided%' AND ${number("TotalAmt")} = 0 THEN 'VOIDED' ELSE 'ACTIVE' END`,
  txn_date: day("TxnDate"),
  customer_ref: ref("CustomerRef"),
  currency: ref("CurrencyRef"),
  exchange_rate: number("ExchangeRate"),
  private_note: text("PrivateNote"),
  total_amount: number("TotalAmt"),
  deposit_to_account_ref: ref("DepositToAccountRef"),
};

const account: EntityOracle = {
  table: "accounts",
  columns: {
    ...nameList,
    name: text("Name"),
    fully_qualified_name: text("FullyQualifiedName"),
    number: text("AcctNum"),
    description: text("Description"),
    category: `CASE WHEN ${text("AccountType")} = 'Cost of Goods Sold' THEN 'COGS' ELSE CASE ${text("Classification")}
      WHEN 'Asset' THEN 'ASSETS' WHEN 'Liability' THEN 'LIABILITIES' WHEN 'Equity' THEN 'EQUITY' WHEN 'Revenue' THEN 'REVENUE'
      WHEN 'Expense' THEN 'EXPENSES' ELSE 'OTHER' END END`,
    account_type: text("AccountType"),
    account_sub_type: text("AccountSubType"),
    classification: text("Classification"),
    is_sub_account: flag("SubAccount"),
    parent_ref: ref("ParentRef"),
    currency: ref("CurrencyRef"),
    current_balance: number("CurrentBalance"),
    current_balance_with_sub_accounts: number("CurrentBalanceWithSubAccounts"),
  },
  children: [],
};

const customer: EntityOracle = {
  table: "customers",
  columns: {
    ...nameList,
    display_name: text("DisplayName"),
    fully_qualified_name: text("FullyQualifiedName"),
    company_name: text("CompanyName"),
    title: text("Title"),
    given_name: text("GivenName"),
    middle_name: text("MiddleName"),
    family_name: text("FamilyName"),
    suffix: text("Suffix"),
    print_on_check_name: text("PrintOnCheckName"),
    primary_contact_name: `nullif(concat_ws(' ', ${["GivenName", "MiddleName", "FamilyName"].map(text).join(", ")}), '')`,
    primary_contact_email: text("PrimaryEmailAddr.Address"),
    primary_contact_phone: text("PrimaryPhone.FreeFormNumber"),
    alternate_phone: text("AlternatePhone.FreeFormNumber"),
    mobile_phone: text("Mobile.FreeFormNumber"),
    fax_number: text("Fax.FreeFormNumber"),
    website: text("WebAddr.URI"),
    business_address: address("BillAddr"),
    shipping_address: address("ShipAddr"),
    notes: text("Notes"),
    taxable: flag("Taxable"),
    resale_number: text("ResaleNum"),
    is_job: flag("Job"),
    is_project: flag("IsProject"),
    bill_with_parent: flag("BillWithParent"),
    level: integer("Level"),
    parent_ref: ref("ParentRef"),
    preferred_delivery: text("PreferredDeliveryMethod"),
    currency: ref("CurrencyRef"),
    balance: number("Balance"),
    balance_with_jobs: number("BalanceWithJobs"),
    credit_limit: number("CreditLimit"),
  },
  children: [],
};

const item: EntityOracle = {
  table: "items",
  columns: {
    ...nameList,
    name: text("Name"),
    fully_qualified_name: text("FullyQualifiedName"),
    sku: text("Sku"),
    // NonInventory is NON_INVENTORY.
    type: `upper(regexp_replace(${text("Type")}, '([a-z])([A-Z])', '\\1_\\2', 'g'))`,
    description: text("Description"),
    purchase_description: text("PurchaseDesc"),
    unit_price: number("UnitPrice"),
    purchase_cost: number("PurchaseCost"),
    taxable: flag("Taxable"),
    sales_tax_included: flag("SalesTaxIncluded"),
    tracks_quantity: flag("TrackQtyOnHand"),
    quantity_on_hand: number("QtyOnHand"),
    reorder_point: number("ReorderPoint"),
    inventory_start_date: day("InvStartDate"),
    is_sub_item: flag("SubItem"),
    level: integer("Level"),
    parent_ref: ref("ParentRef"),
    income_account_ref: ref("IncomeAccountRef"),
    expense_account_ref: ref("ExpenseAccountRef"),
    asset_account_ref: ref("AssetAccountRef"),
  },
  children: [
    {
      table: "item_components",
      rows: `SELECT id, n - 1 AS position, line AS r
        FROM served, jsonb_array_elements(r #> '{ItemGroupDetail,ItemGroupLine}') WITH ORDINALITY AS l(line, n)`,
      columns: { item_ref: ref("ItemRef"), quantity: number("Qty") },
    },
  ],
};

const invoice: EntityOracle = {
  table: "invoices",
  columns: {
    ...transaction,
    doc_number: text("DocNumber"),
    due_date: day("DueDate"),
    ship_date: day("ShipDate"),
    tracking_number: text("TrackingNum"),
    bill_email: text("BillEmail.Address"),
    billing_address: address("BillAddr"),
    shipping_address: address("ShipAddr"),
    customer_memo: ref("CustomerMemo"),
    home_total_amount: number("HomeTotalAmt"),
    balance: number("Balance"),
    home_balance: number("HomeBalance"),
    total_tax: number("TxnTaxDetail.TotalTax"),
    deposit: number("Deposit"),
    print_status: text("PrintStatus"),
    email_status: text("EmailStatus"),
  },
  children: [invoiceLines],
};

const payment: EntityOracle = {
  table: "payments",
  columns: {
    ...transaction,
    reference_number: text("PaymentRefNum"),
    payment_method_ref: ref("PaymentMethodRef"),
    unapplied_amount: number("UnappliedAmt"),
  },
  children: [
    {
      table: "payment_applications",
      rows: `SELECT id, row_number() OVER (PARTITION BY id ORDER BY n, m) - 1 AS position, link AS r,
          s.r #>> '{CurrencyRef,value}' AS currency,
          CASE WHEN jsonb_array_length(line -> 'LinkedTxn') = 1 THEN (line ->> 'Amount')::numeric END AS amount
        FROM served s, jsonb_array_elements(s.r -> 'Line') WITH ORDINALITY AS l(line, n),
          jsonb_array_elements(line -> 'LinkedTxn') WITH ORDINALITY AS k(link, m)`,
      columns: {
        amount: "amount",
        currency: "currency",
        target_type: text("TxnType"),
        target_quickbooks_id: text("TxnId"),
      },
    },
  ],
};

/** By QuickBooks' name of the entity. */
export const entities: Readonly<Record<string, EntityOracle>> = {
  Account: account,
  Customer: customer,
  Item: item,
  Invoice: invoice,
  Payment: payment,
};
