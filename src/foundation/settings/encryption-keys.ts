import { z } from "zod";
import type { EncryptionKey } from "../encryption.js";

const keyBytes = 32;
/** Of 32 random bytes about 30 differ; fewer than 16 do not happen by chance. */
const fewestDifferent = 16;
const remedy = "Make one with: openssl rand -base64 32.";

/** `id:base64` of 32 bytes each, separated by commas; the first encrypts. */
export const encryptionKeys = z.string().transform((text, context): readonly EncryptionKey[] => {
  const keys: EncryptionKey[] = [];
  for (const [index, part] of text.split(",").entries()) {
    const found = readKey(part.trim(), keys);
    if (typeof found === "string") context.addIssue(`key ${String(index + 1)} ${found}`);
    else keys.push(found);
  }
  return keys;
});

/** The key, or what is wrong with it. */
function readKey(text: string, earlier: readonly EncryptionKey[]): EncryptionKey | string {
  const [, id, encoded] = /^([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/_-]+={0,2})$/.exec(text) ?? [];
  if (id === undefined || encoded === undefined) {
    return `must be written as id:base64, where the id has at most 32 letters, digits, _ or -. ${remedy}`;
  }
  const key = Buffer.from(encoded, "base64");
  if (key.length !== keyBytes) return `(${id}) must be 32 bytes, and is ${String(key.length)}. ${remedy}`;
  if (new Set(key).size < fewestDifferent || isReadable(key) || isCounted(key))
    return `(${id}) is a placeholder. ${remedy}`;
  if (earlier.some((other) => other.id === id)) return `(${id}) has the id of an earlier key. Give every key its own.`;
  if (earlier.some((other) => key.equals(other.key))) return `(${id}) repeats an earlier key. ${remedy}`;
  return { id, key };
}

/** Bytes that go up or down by equal steps. */
function isCounted(key: Buffer): boolean {
  const steps = key.subarray(1).map((byte, index) => byte - (key[index] ?? 0));
  return new Set(steps).size === 1;
}

/** Words somebody typed, not bytes from a random source. */
function isReadable(key: Buffer): boolean {
  return key.every((byte) => byte >= 0x20 && byte < 0x7f);
}
