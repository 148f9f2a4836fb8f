import { z } from "zod";

/** What a parsed answer holds: the names of the entities with records in it, and what else it is. */
export interface Contents {
  readonly entities: readonly string[];
  /** What in it is not a record, and why. */
  readonly reasons: readonly string[];
}

const object = z.record(z.string(), z.unknown());
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

/** What a recorded answer holds. `mirrored` names the entities that count as such even where a record has no Id. */
export function contentsOf(answer: unknown, mirrored: ReadonlySet<string>): Contents {
  const whole = reasonOf(answer, mirrored);
  if (whole !== undefined) return { entities: [], reasons: [whole] };
  const parts = partsOf(answer);
  const entities = [...new Set(parts.flatMap((part) => entityKeys(part, mirrored)))];
  const reasons = parts.flatMap((part) => faultReason(part) ?? []);
  if (entities.length > 0 || reasons.length > 0) return { entities, reasons };
  return { entities, reasons: [emptyReason(answer)] };
}

/** The objects of an answer whose keys can name entities: itself, a query's answer in it, the answers of a batch. */
function partsOf(answer: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (Array.isArray(answer)) return answer.flatMap(partsOf);
  const part = object.safeParse(answer).data;
  if (part === undefined) return [];
  return [part, ...["QueryResponse", "BatchItemResponse"].flatMap((key) => partsOf(part[key]))];
}

function entityKeys(part: Readonly<Record<string, unknown>>, mirrored: ReadonlySet<string>): readonly string[] {
  const isRecord = (value: unknown): boolean => object.safeParse(value).success;
  const hasId = (value: unknown): boolean => z.object({ Id: z.unknown().refine(Boolean) }).safeParse(value).success;
  return Object.keys(part).filter((key) => listOf(part[key]).some(mirrored.has(key) ? isRecord : hasId));
}

/** Why a whole answer is no answer with records, by its shape. */
function reasonOf(answer: unknown, mirrored: ReadonlySet<string>): string | undefined {
  const [first] = listOf(answer);
  const top = object.safeParse(first).data ?? {};
  const keys = new Set(Object.keys(top));
  if (keys.has("eventNotifications") || keys.has("specversion"))
    return "a webhook: a notice that something changed, not what it is now";
  if (keys.has("CDCResponse")) {
    const entities = partsOf(top["CDCResponse"]).flatMap((part) => entityKeys(part, mirrored));
    return `an answer of change data capture (${entities.join(", ") || "no changes"}): a full sync reads by queries`;
  }
  if (keys.has("error") && !keys.has("QueryResponse")) return "an error of the OAuth server";
  if (keys.has("access_token")) return "an answer of the OAuth server, with tokens";
  if (keys.has("Columns") && keys.has("Rows")) return "a report";
  if (keys.has("DetailType")) return "lines of a transaction, without the transaction they belong to";
  if (keys.has("Id") || keys.has("SyncToken"))
    return 'a record that no entity\'s name stands over: write it as {"Invoice": {…}}, with its own entity';
  return undefined;
}

const fault = z.object({ code: z.string().regex(/^\w{1,20}$/) });
const faults = z.union([
  z.object({ Fault: z.object({ Error: z.array(fault) }) }).transform(({ Fault }) => Fault.Error),
  z.object({ fault: z.object({ error: z.array(fault) }) }).transform((body) => body.fault.error),
]);

/** Its messages may quote a token, so the code alone is told. */
function faultReason(part: Readonly<Record<string, unknown>>): string | undefined {
  if (!("Fault" in part) && !("fault" in part)) return undefined;
  const codes = faults.safeParse(part).data?.map(({ code }) => code) ?? [];
  return `a fault of QuickBooks${codes.length === 0 ? "" : ` (${codes.join(", ")})`}`;
}

function emptyReason(answer: unknown): string {
  const keys = Object.keys(object.safeParse(answer).data ?? {});
  const isAnswer = keys.includes("QueryResponse") || keys.includes("BatchItemResponse");
  return isAnswer ? "an answer without records" : "not in the shape of any answer of QuickBooks";
}
