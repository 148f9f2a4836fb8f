import { z } from "zod";
import {
  address,
  email,
  envelope,
  flag,
  integer,
  optionalAmount,
  optionalRef,
  phone,
  requiredText,
  shortText,
  text,
} from "../payload.js";
import { validatorFor } from "../plugin.js";

const customer = z.object({
  ...envelope,
  Active: flag,
  DisplayName: requiredText("is missing: every customer has a display name"),
  FullyQualifiedName: text,
  CompanyName: shortText,
  Title: text,
  GivenName: text,
  MiddleName: text,
  FamilyName: text,
  Suffix: text,
  PrintOnCheckName: text,
  PrimaryEmailAddr: email,
  PrimaryPhone: phone,
  AlternatePhone: phone,
  Mobile: phone,
  Fax: phone,
  WebAddr: z.object({ URI: text }).nullish(),
  BillAddr: address,
  ShipAddr: address,
  Notes: text,
  Taxable: flag,
  ResaleNum: text,
  Job: flag,
  IsProject: flag,
  BillWithParent: flag,
  Level: integer,
  ParentRef: optionalRef,
  PreferredDeliveryMethod: text,
  CurrencyRef: optionalRef,
  Balance: optionalAmount,
  BalanceWithJobs: optionalAmount,
  CreditLimit: optionalAmount,
});

export type Customer = z.infer<typeof customer>;

export const validate = validatorFor<Customer>(customer);
