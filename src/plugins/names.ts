import { given } from "./writes.js";
import type { Known, Payload, Property, Values, WantedWrite, Write, WriteProblem, WriteRequest } from "./writes.js";

/** What the entities of name lists share in writing: names, parents, and becoming inactive and active again. */

/** What QuickBooks forbids in names, beside tabs and line breaks (Customer, Account and Item references). */
export const colon = ":";

/** How deep parents go: five levels in all (Customer reference). */
const levels = 5;

/** The values' body; `current` is the record as it stands, undefined for a new one. */
type Body = (values: Values, current: Payload | undefined) => Payload;

/** Requests of an entity whose sparse updates leave alone what they do not name. `nameProperty` is what QuickBooks calls its name. */
export function sparseRequest(nameProperty: string, body: Body): (write: Write) => WriteRequest {
  return ({ operation, values, current }) => {
    if (operation === "CREATE") return { parameters: {}, body: body(given(values), undefined) };
    const activity = activityBody(operation, nameProperty, current);
    return { parameters: {}, body: { sparse: true, ...(activity ?? body(values, current)) } };
  };
}

/**
 * What makes a record inactive, or active again; undefined for other operations. QuickBooks adds ` (deleted)` to the name of what is made
 * inactive, and is not known to take it away again: the name is sent without it.
 */
export function activityBody(
  operation: Write["operation"],
  nameProperty: string,
  current: Payload | undefined,
): Payload | undefined {
  if (operation === "DEACTIVATE") return { Active: false };
  if (operation !== "REACTIVATE") return undefined;
  const name = current?.[nameProperty];
  return { Active: true, ...(typeof name === "string" && { [nameProperty]: name.replace(deletedSuffix, "") }) };
}

/** ` (deleted)`, numbered where that is taken. */
export const deletedSuffix = / \(deleted(?: \d+)?\)$/;

/** The parent, and the flag that says whether there is one. */
export const parentProperty =
  (flag: string): Property =>
  (value) => ({ ParentRef: { value: textOf(value) ?? "" }, [flag]: textOf(value) !== undefined });

/** What is wrong with the parent somebody wants: it must not stand below the record itself, and five levels are the most. */
export function parentProblems(wanted: WantedWrite, entity: string): readonly WriteProblem[] {
  const parent = recordNamed(wanted, entity, wanted.values["parent"]);
  if (parent === undefined) return [];
  const [own, above = ""] = [textOf(wanted.before?.row["fullyQualifiedName"]), textOf(parent["fullyQualifiedName"])];
  const isBelow = own !== undefined && `${above}:`.startsWith(`${own}:`);
  const isDeep = above.split(colon).length >= levels;
  return [
    ...(isBelow ? [problem("parent", "This is the record itself, or stands below it: choose another, or none.")] : []),
    ...(isDeep ? [problem("parent", `Parents go ${String(levels)} levels deep at most: choose a higher one.`)] : []),
  ];
}

export const problem = (path: string, message: string): WriteProblem => ({ path, message });

/** The mapped row of the record that a reference names. */
export function recordNamed({ referenced }: Pick<Known, "referenced">, entity: string, id: unknown) {
  const quickbooksId = textOf(id);
  return quickbooksId === undefined ? undefined : referenced(entity, quickbooksId);
}

/** `FullyQualifiedName`, where the names above are known. */
export function fullName(entity: string, name: unknown, parent: unknown, known: Known | undefined): Payload {
  if (textOf(parent) === undefined) return { FullyQualifiedName: name };
  const above = known && textOf(recordNamed(known, entity, parent)?.["fullyQualifiedName"]);
  return above === undefined ? {} : { FullyQualifiedName: `${above}:${String(name)}` };
}

/** A text that says something. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
