import { isObject } from "../company/input.js";
import { entityNamed } from "../entities/index.js";
import { EditRefused, missing } from "../entities/refused.js";
import { queryResponse } from "../query/answer.js";
import type { Asking } from "../query/answer.js";
import { faultPart, refusalOf, unknownPropertyOf, unreadable, unsupported } from "./faults.js";
import { perform } from "./perform.js";
import type { Outcome, Place } from "./perform.js";
import { writeOf } from "./request.js";
import type { Json, Write } from "./request.js";

/** How many items one batch holds (Batch reference). */
const mostItems = 30;

/** What came of one item. */
export interface ItemOutcome extends Outcome {
  readonly bId: string | undefined;
  /** What it asked to be written; undefined for a query, and for what could not be read. */
  readonly write: Write | undefined;
  readonly isQuery: boolean;
}

/** The items of a batch. Throws {@link EditRefused}. */
export function itemsOf(body: Json): readonly Json[] {
  const items = body["BatchItemRequest"];
  if (!Array.isArray(items)) throw missing("BatchItemRequest", "give a list of items.");
  if (items.length > mostItems) {
    const detail = `The batch limit size is ${String(mostItems)}. Supplied: ${String(items.length)}`;
    throw new EditRefused("The batch is too large.", { code: "1040", element: "", detail });
  }
  return items.map((item: unknown) => {
    if (!isObject(item)) throw unreadable();
    return item;
  });
}

const own = new Set(["bId", "operation", "optionsData", "Query"]);

/** The write an item asks for: under the entity's name, what it says of itself; a void is an update with an option (as client libraries send it). */
function writeOfItem(item: Json): Write {
  const [name, ...others] = Object.keys(item).filter((key) => !own.has(key));
  const body = name === undefined ? undefined : item[name];
  const entity = entityNamed(name ?? "");
  if (name === undefined) throw missing("BatchItemRequest.Entity", "give a record to write, or a Query.");
  if (!entity || others.length > 0) throw unknownPropertyOf("BatchItemRequest", others[0] ?? name, own.size);
  if (!isObject(body)) throw unreadable();
  const { operation, optionsData: options } = item;
  if (typeof operation !== "string") throw missing("BatchItemRequest.operation", "say create, update or delete.");
  if (!["create", "update", "delete"].includes(operation)) throw unsupported(operation);
  const include = typeof options === "string" ? options : "";
  const isVoid = include.toLowerCase() === "void" && operation === "update";
  if (isVoid && entity.voidedBy === "operation") return writeOf(entity, body, { operation: "void" });
  return writeOf(entity, body, { operation, include });
}

/** Does one item; whatever is wrong with it is told in its own fault. */
export function performItem(place: Place, item: Json, asking: Asking): ItemOutcome {
  const bId = typeof item["bId"] === "string" ? item["bId"] : undefined;
  const statement = item["Query"];
  if (typeof statement === "string")
    return { ...query(place, statement, asking), bId, write: undefined, isQuery: true };
  let write: Write | undefined;
  const outcome = perform(place, () => {
    write = writeOfItem(item);
    return write;
  });
  return { ...outcome, bId, write, isQuery: false };
}

function query({ company }: Place, statement: string, asking: Asking): Outcome {
  try {
    return { status: 200, part: queryResponse(company, statement, asking).bytes.toString() };
  } catch (error) {
    const fault = refusalOf(error);
    return { status: 400, part: faultPart(fault), fault };
  }
}
