/** How an app is told of a refusal: the code and, where QuickBooks words it itself, the detail; the field it is about. */
export interface FaultText {
  readonly code: string;
  readonly element?: string;
  readonly detail?: string;
}

/** An edit QuickBooks would not allow; the message says why and what to do. An app is told the fault, by default a business validation error. */
export class EditRefused extends Error {
  override readonly name = "EditRefused";

  constructor(
    message: string,
    readonly fault: FaultText = { code: "6000" },
  ) {
    super(message);
  }
}

/** Something required is not given (recorded wording). */
export function missing(path: string, remedy: string): EditRefused {
  const element = path.slice(path.lastIndexOf(".") + 1);
  const detail = `Required parameter ${element} is missing in the request`;
  return new EditRefused(`${path} is missing: ${remedy}`, { code: "2020", element, detail });
}

/** What QuickBooks calls the lists in which it looks for a reference (recorded). */
const lists: Readonly<Record<string, string>> = { Customer: "Names", Account: "Accounts", Item: "Items" };

/** A reference to a record there is not. */
export function unknownReference(path: string, entity: string, id: string): EditRefused {
  const detail = `Invalid Reference Id : ${lists[entity] ?? entity} element id ${id} not found`;
  return new EditRefused(`${path}: there is no ${entity} ${id}.`, { code: "2500", element: "", detail });
}

/** What QuickBooks says of anything that cannot be used any more (recorded, after the title of the fault). */
export const madeInactive =
  "Something you're trying to use has been made inactive. Check the fields with accounts, customers, items, vendors or employees.";

export function notOneOf(path: string, given: string, allowed: readonly string[]): EditRefused {
  const element = path.slice(path.lastIndexOf(".") + 1);
  return new EditRefused(`${path}: "${given}" is none of ${allowed.join(", ")}.`, {
    code: "2170",
    element,
    detail: `Invalid Enumeration : ${given}`,
  });
}

/** A name that another record bears (documented wording). */
export function takenName(entity: string, name: string, holder: string): EditRefused {
  const detail =
    "The name supplied already exists. : Another customer, vendor or employee is already using this name. Please use a different name.";
  return new EditRefused(`${entity}: the name "${name}" is already used by ${holder}. Use a different name.`, {
    code: "6240",
    element: "",
    detail,
  });
}

export function invalidText(path: string, why: string): EditRefused {
  const element = path.slice(path.lastIndexOf(".") + 1);
  return new EditRefused(`${path}: ${why}`, {
    code: "2040",
    element,
    detail: `Element contains invalid characters: ${element}`,
  });
}

/** A text longer than QuickBooks stores (recorded wording). */
export function tooLong(path: string, length: number, most: number): EditRefused {
  const element = path.slice(path.lastIndexOf(".") + 1);
  const count = (characters: number): string => characters.toLocaleString("en-US");
  const detail = `String length specified does not match the supported length. Min:0 Max:${count(most)} supported. Supplied length:${count(length)}`;
  return new EditRefused(`${path} has ${String(length)} characters; ${String(most)} is the most.`, {
    code: "2050",
    element,
    detail,
  });
}
