import type { Spares } from "../erasing.js";

/** Of a private note its first word stays where it says that the invoice was voided. */
export const spares: Spares = {
  shipDate: { places: ["ShipDate"] },
  trackingNumber: { places: ["TrackingNum"] },
  billEmail: { places: ["BillEmail", "BillEmailCc", "BillEmailBcc"] },
  billingAddress: { places: ["BillAddr"] },
  shippingAddress: { places: ["ShipAddr"] },
  customerMemo: { places: ["CustomerMemo"] },
  privateNote: { places: [], texts: { PrivateNote: "Voided" } },
  CustomField: { places: ["CustomField"] },
  DeliveryInfo: { places: ["DeliveryInfo"] },
  InvoiceLink: { places: ["InvoiceLink"] },
};
