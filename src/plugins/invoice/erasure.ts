import type { ErasureOf } from "../erasing.js";

/** Amounts and lines are the company's own books, and stay. */
export const erasure: ErasureOf = {
  copies: [
    {
      field: "customer",
      property: "CustomerRef",
      places: [
        ...["CustomerRef.name", "BillAddr", "ShipAddr", "BillEmail", "BillEmailCc", "BillEmailBcc", "CustomerMemo"],
        ...["CustomField", "DeliveryInfo", "InvoiceLink", "TrackingNum"],
      ],
      fields: ["billEmail", "billingAddress", "shippingAddress", "customerMemo", "privateNote", "trackingNumber"],
      joined: [{ place: "CustomerRef.name", separator: ":", names: 2 }],
      texts: { PrivateNote: "Voided" },
    },
  ],
};
