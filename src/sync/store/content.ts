import { createHash } from "node:crypto";
import { z } from "zod";
import type { EntityPlugin } from "../../plugins/plugin.js";
import type { LeftOut } from "../erasure/left-out.js";

/** Properties that say when and how a record was read, not what it says. */
const bookkeeping = ["SyncToken", "MetaData", "domain", "sparse"];

/**
 * Hash of what a record says, the same however it was read: keys in order, without names inside references (they change when the
 * other record is renamed), without empty values, without what varies with the way of reading (I1).
 */
export function contentHash(payload: unknown, plugin: EntityPlugin): Buffer {
  const left = new Set([...bookkeeping, ...plugin.quickbooks.variesByReading]);
  const content = canonical(z.record(z.string(), z.unknown()).parse(payload), left) ?? "";
  return createHash("sha256").update(content).digest();
}

/** Hash of the very bytes, under the mapping they were read with and what was left out then: equal means there is nothing to parse. */
export function sourceHash(bytes: Uint8Array, plugin: EntityPlugin, leftOut: LeftOut): Buffer {
  const without = leftOut.excluded(plugin.name).map((name) => `${name},`);
  return createHash("sha1")
    .update(`${plugin.mappingVersion}:${without.join("")}`)
    .update(bytes)
    .digest();
}

/** undefined for what says nothing: null, an empty list, an empty object. */
function canonical(value: unknown, leftOut?: ReadonlySet<string>): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (Array.isArray(value)) {
    if (value.length === 0) return undefined;
    return `[${value.map((element) => canonical(element) ?? "").join(",")}]`;
  }
  if (typeof value !== "object") return JSON.stringify(value);
  const isReference = "value" in value && "name" in value;
  const parts: string[] = [];
  for (const [key, inner] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (leftOut?.has(key) || (isReference && key === "name")) continue;
    const text = canonical(inner);
    if (text !== undefined) parts.push(`${JSON.stringify(key)}:${text}`);
  }
  return parts.length === 0 ? undefined : `{${parts.join(",")}}`;
}
