import { isFields, textOf } from "../company/value.js";
import type { Value } from "../company/value.js";
import type { Context } from "./definition.js";

/** An address with the id QuickBooks gives it: its own, that of the address it replaces, or a new one (recorded). */
export function addressed(context: Context, written: Value | undefined, before: Value | undefined): Value | undefined {
  if (!isFields(written) || written["Id"] !== undefined) return written;
  const known = isFields(before) ? textOf(before["Id"]) : undefined;
  return { Id: known ?? context.nextAddressId(), ...written };
}

/** The most characters of an address' parts (Customer reference). */
export function addressLengths(field: string): Readonly<Record<string, number>> {
  const lines = ["Line1", "Line2", "Line3", "Line4", "Line5"].map((line) => [`${field}.${line}`, 500] as const);
  const others = [["City", 255] as const, ["PostalCode", 30] as const, ["CountrySubDivisionCode", 255] as const];
  return Object.fromEntries([...lines, ...others.map(([name, most]) => [`${field}.${name}`, most] as const)]);
}
