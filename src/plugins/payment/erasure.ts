import type { ErasureOf } from "../erasing.js";

/** What was paid, and for what, is the company's own, and stays. */
export const erasure: ErasureOf = {
  copies: [
    {
      field: "customer",
      property: "CustomerRef",
      places: ["CustomerRef.name", "CreditCardPayment", "CheckPayment"],
      fields: ["privateNote"],
      joined: [{ place: "CustomerRef.name", separator: ":", names: 2 }],
      texts: { PrivateNote: "Voided" },
    },
  ],
};
