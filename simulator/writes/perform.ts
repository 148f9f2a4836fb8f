import type { FaultError } from "../answers.js";
import type { Books } from "../company/books.js";
import type { Company } from "../company/company.js";
import type { Row } from "../company/table.js";
import { textOf } from "../company/value.js";
import { pacificDate } from "../pacific.js";
import type { Switches } from "../switches.js";
import { withFreeAddresses } from "./addresses.js";
import { faultPart, notFound, refusalOf, stale } from "./faults.js";
import { heardFields } from "./fields.js";
import { withoutOverpayment } from "./overpaid.js";
import { targetOf } from "./request.js";
import type { Json, Write } from "./request.js";
import { checkRules } from "./rules.js";

/** What came of a write: the property of the answer that tells it, such as `"Customer":{…}` or `"Fault":{…}`. */
export interface Outcome {
  readonly status: 200 | 400;
  readonly part: string;
  /** Of the record; absent when none came to be. */
  readonly id?: string;
  readonly fault?: FaultError;
}

/** What a write is done in. */
export interface Place {
  readonly company: Company;
  readonly switches: Switches;
  /** The simulator's now, milliseconds since 1970. */
  readonly nowMs: number;
}

/** Does a write of an app, as an edit like those of people. What QuickBooks would refuse is answered with its fault. */
export function perform(place: Place, read: () => Write): Outcome {
  try {
    const write = read();
    return write.operation === "create" ? create(place, write) : edit(place, write);
  } catch (error) {
    const fault = refusalOf(error);
    return { status: 400, part: faultPart(fault), fault };
  }
}

function create({ company, switches, nowMs }: Place, write: Write): Outcome {
  const { entity } = write;
  const { books } = company;
  const fields = fieldsOf(write, books, undefined, switches);
  const today = pacificDate(nowMs);
  checkRules({ ...write, books, switches, row: undefined, fields, isSparse: false, activity: undefined, today });
  const id = company.create(entity.name, fields);
  return served(company, entity.name, id, "create");
}

function fieldsOf({ entity, body }: Write, books: Books, row: Row | undefined, switches: Switches): Json {
  const fields = heardFields(entity, body);
  if (entity.name === "Payment" && switches.overpaidLines === "capped") return withoutOverpayment(books, row, fields);
  const isFree = row && entity.sequence === "transactions" && switches.transactionAddresses === "free lines";
  return isFree ? withFreeAddresses(books, row, fields) : fields;
}

/** Whether an update makes its record active or inactive. */
function activityOf(row: Row, fields: Json): "deactivate" | "reactivate" | undefined {
  const given = fields["Active"] === "true" ? true : fields["Active"] === "false" ? false : fields["Active"];
  if (typeof given !== "boolean" || given === row.fields["Active"]) return undefined;
  return given ? "reactivate" : "deactivate";
}

function edit({ company, switches, nowMs }: Place, write: Write): Outcome {
  const { entity, body, operation } = write;
  const { id, syncToken } = targetOf(write);
  const { books } = company;
  const row = books.find(entity.name, id);
  if (!row) throw notFound();
  if (syncToken !== String(row.syncToken)) throw stale();
  const isRemoval = operation === "delete" || operation === "void";
  const fields = isRemoval ? {} : fieldsOf(write, books, row, switches);
  const isSparse = body["sparse"] === true || body["sparse"] === "true";
  const activity = isRemoval ? undefined : activityOf(row, fields);
  checkRules({ ...write, books, switches, row, fields, isSparse, activity, today: pacificDate(nowMs) });
  if (operation === "delete") {
    company.delete(entity.name, id);
    return { status: 200, part: `"${entity.name}":{"domain":"QBO","status":"Deleted","Id":"${id}"}`, id };
  }
  if (operation === "void") company.void(entity.name, id);
  else update(company, row, { fields, isWhole: !isSparse }, activity, switches);
  return served(company, entity.name, id, "update");
}

function update(
  company: Company,
  row: Row,
  sent: { readonly fields: Json; readonly isWhole: boolean },
  activity: "deactivate" | "reactivate" | undefined,
  switches: Switches,
): void {
  const { entity, id } = row;
  if (activity === "deactivate") {
    company.deactivate(entity, id, undefined, sent);
    return;
  }
  const nameField = company.books.entity(entity).nameField;
  const keepsName = activity === "reactivate" && switches.reactivatedNames === "keep suffix" && nameField !== undefined;
  const name = keepsName ? { [nameField]: textOf(row.fields[nameField]) } : {};
  company.submit({ kind: activity ?? "change", entity, id, ...sent, fields: { ...name, ...sent.fields } });
}

function served(company: Company, entity: string, id: string, way: "create" | "update"): Outcome {
  const { books } = company;
  const row = books.find(entity, id);
  if (!row) throw notFound();
  return { status: 200, part: `"${entity}":${books.bytes(row, way).toString()}`, id };
}
