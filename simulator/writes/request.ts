import { isObject } from "../company/input.js";
import type { Entity } from "../entities/definition.js";
import { EditRefused, missing } from "../entities/refused.js";
import { unreadable, unsupported } from "./faults.js";

export type Json = Readonly<Record<string, unknown>>;

export type Operation = "create" | "update" | "delete" | "void";

/** What an app asks to be written. */
export interface Write {
  readonly operation: Operation;
  readonly entity: Entity;
  /** As it was sent. */
  readonly body: Json;
  /** Whether the document number may be one that is in use. */
  readonly mayRepeatNumber: boolean;
}

/** The JSON object of a body. Throws {@link EditRefused}. */
export function bodyOf(text: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw unreadable();
  }
  if (!isObject(value)) throw unreadable();
  return value;
}

/** What a request adds to its body: the operation it names, and what it includes. */
export interface Instructions {
  readonly operation?: string | undefined;
  /** Parts joined by commas, in any case. */
  readonly include?: string | undefined;
}

/** Reads a write from its instructions and body. Throws {@link EditRefused}, for what the entity does not support too. */
export function writeOf(entity: Entity, body: Json, { operation, include = "" }: Instructions): Write {
  const included = include.toLowerCase().split(",");
  const kind = operationOf(entity, body, operation, included.includes("void"));
  const isSingle = entity.sequence === "single";
  if (isSingle && kind !== "update") throw unsupported(kind);
  if (kind === "delete" && entity.sequence !== "transactions") throw unsupported("delete");
  return { operation: kind, entity, body, mayRepeatNumber: included.includes("allowduplicatedocnum") };
}

function operationOf(entity: Entity, body: Json, operation: string | undefined, includesVoid: boolean): Operation {
  if (operation === "void" || includesVoid) {
    const isItsWay = entity.voidedBy === (operation === "void" ? "operation" : "include");
    if (!isItsWay) throw unsupported("void");
    return "void";
  }
  if (operation === "delete") return "delete";
  if (operation !== undefined && operation !== "update" && operation !== "create") throw unsupported(operation);
  return body["Id"] === undefined && operation !== "update" ? "create" : "update";
}

/** The id and token of the record a body is about. Throws {@link EditRefused}. */
export function targetOf({ entity, body }: Write): { readonly id: string; readonly syncToken: string } {
  const { Id: id, SyncToken: syncToken } = body;
  if (entity.sequence === "single") return { id: "1", syncToken: scalar(syncToken) ?? tokenMissing(entity) };
  const given = scalar(id);
  if (given === undefined) throw missing(`${entity.name}.Id`, "say which record it is.");
  if (!/^\d+$/.test(given)) throw invalidId(given);
  return { id: given, syncToken: scalar(syncToken) ?? tokenMissing(entity) };
}

function scalar(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

function tokenMissing({ name }: Entity): never {
  throw missing(`${name}.SyncToken`, "give the one the record was read with.");
}

/** An id that is no number (recorded wording). */
function invalidId(given: string): EditRefused {
  const detail = `Id should be a valid number. Supplied value:${given}`;
  return new EditRefused(detail, { code: "2030", element: "Id", detail });
}
