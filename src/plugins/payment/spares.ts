import type { Spares } from "../erasing.js";

/** Of a private note its first word stays where it says that the payment was voided. */
export const spares: Spares = {
  methodQuickbooksId: { places: ["PaymentMethodRef"] },
  privateNote: { places: [], texts: { PrivateNote: "Voided" } },
  CreditCardPayment: { places: ["CreditCardPayment"] },
  CheckPayment: { places: ["CheckPayment"] },
};
