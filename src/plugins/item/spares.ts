import type { Spares } from "../erasing.js";

export const spares: Spares = {
  description: { places: ["Description"] },
  purchaseDescription: { places: ["PurchaseDesc"] },
  purchaseCost: { places: ["PurchaseCost"] },
};
