import type { ErasureOf } from "../erasing.js";

/** The record stays, because invoices and balances hang on it; nobody can tell any more whose it is. */
export const erasure: ErasureOf = {
  person: {
    stays: [
      ...[
        "Id",
        "SyncToken",
        "MetaData",
        "domain",
        "sparse",
        "Active",
        "Taxable",
        "Job",
        "IsProject",
        "BillWithParent",
        "Level",
      ],
      ...["CurrencyRef", "Balance", "BalanceWithJobs", "CreditLimit", "PreferredDeliveryMethod", "ParentRef"],
    ],
    stands: { DisplayName: "Erased customer {Id}" },
  },
  copies: [
    {
      field: "parent",
      property: "ParentRef",
      places: ["ParentRef.name", "FullyQualifiedName"],
      fields: ["fullyQualifiedName"],
      joined: [
        { place: "FullyQualifiedName", separator: ":", names: 3 },
        { place: "ParentRef.name", separator: ":", names: 2 },
      ],
    },
  ],
};
