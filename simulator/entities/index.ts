import { account } from "./account.js";
import { companyInfo, preferences } from "./company-settings.js";
import { creditMemo } from "./credit-memo.js";
import { customer } from "./customer.js";
import type { Entity } from "./definition.js";
import { invoice } from "./invoice.js";
import { item } from "./item.js";
import { payment } from "./payment.js";

/** Every entity the simulator knows. */
export const entities: readonly Entity[] = [
  customer,
  account,
  item,
  invoice,
  payment,
  creditMemo,
  companyInfo,
  preferences,
];

const byName: ReadonlyMap<string, Entity> = new Map(
  entities.flatMap((entity) => [entity.name, entity.name.toLowerCase()].map((name) => [name, entity] as const)),
);

/** The entity of that name in any case, as in a query or a path, or undefined. */
export function entityNamed(name: string): Entity | undefined {
  return byName.get(name) ?? byName.get(name.toLowerCase());
}
