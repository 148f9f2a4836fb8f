import { isObject } from "../company/input.js";
import type { Operation } from "./request.js";

/** What a request to the API does. */
export type RequestKind = "read" | "batch" | Operation;

interface Asked {
  readonly rest: readonly string[];
  readonly query: URLSearchParams;
  readonly body: string;
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

/** What a request that writes is about to do, whether it will be allowed to or not. */
export function kindOf({ rest, query, body }: Asked): RequestKind {
  if (rest[0] === "batch") return "batch";
  const operation = query.get("operation");
  if (operation === "delete") return "delete";
  if (operation === "void" || query.get("include") === "void") return "void";
  return parsed(body)["Id"] === undefined ? "create" : "update";
}

/** The names of all entities that items of a batch write. */
export function batchEntities(body: string): readonly string[] {
  const items = parsed(body)["BatchItemRequest"];
  return Array.isArray(items) ? items.flatMap((item: unknown) => (isObject(item) ? Object.keys(item) : [])) : [];
}
