import { z } from "zod";
import {
  address,
  amount,
  date,
  decimalOf,
  email,
  envelope,
  flag,
  optionalAmount,
  optionalDate,
  optionalRate,
  optionalRef,
  requiredRef,
  requiredText,
  shortText,
  text,
} from "../payload.js";
import { validatorFor } from "../plugin.js";

const line = z.object({
  Id: text,
  DetailType: requiredText("is missing: every line has a detail type"),
  Description: text,
  Amount: optionalAmount,
  SalesItemLineDetail: z
    .object({
      ItemRef: optionalRef,
      ItemAccountRef: optionalRef,
      Qty: optionalRate,
      UnitPrice: optionalRate,
      TaxCodeRef: optionalRef,
      ServiceDate: optionalDate,
    })
    .nullish(),
  DiscountLineDetail: z
    .object({ PercentBased: flag, DiscountPercent: optionalRate, DiscountAccountRef: optionalRef })
    .nullish(),
  DescriptionLineDetail: z.object({ ServiceDate: optionalDate, TaxCodeRef: optionalRef }).nullish(),
  GroupLineDetail: z
    .object({
      GroupItemRef: optionalRef,
      Quantity: optionalRate,
      get Line() {
        return z.array(line).nullish();
      },
    })
    .nullish(),
});

const invoice = z
  .object({
    ...envelope,
    DocNumber: shortText,
    TxnDate: date,
    DueDate: optionalDate,
    ShipDate: optionalDate,
    TrackingNum: text,
    CustomerRef: requiredRef("is missing: every invoice has a customer"),
    BillEmail: email,
    BillAddr: address,
    ShipAddr: address,
    CustomerMemo: z.object({ value: text }).nullish(),
    PrivateNote: text,
    CurrencyRef: optionalRef,
    ExchangeRate: optionalRate,
    TotalAmt: amount,
    HomeTotalAmt: optionalAmount,
    Balance: amount,
    HomeBalance: optionalAmount,
    TxnTaxDetail: z.object({ TotalTax: optionalAmount }).nullish(),
    Deposit: optionalAmount,
    DepositToAccountRef: optionalRef,
    PrintStatus: text,
    EmailStatus: text,
    Line: z.array(line).nullish(),
  })
  .refine(({ Line, TotalAmt }) => (Line && Line.length > 0) || decimalOf(TotalAmt) === "0", {
    path: ["Line"],
    message: "is missing: an invoice with an amount has lines",
  });

export type InvoiceLine = z.infer<typeof line>;
export type Invoice = z.infer<typeof invoice>;

export const validate = validatorFor<Invoice>(invoice);
