import { createHash, randomBytes, randomUUID } from "node:crypto";

/** Where new identifiers come from; tests bring their own. */
export interface Ids {
  /** A UUID, version 4. */
  newId(): string;
}

export function newId(): string {
  return randomUUID();
}

export const randomIds: Ids = { newId };

/** A secret that nobody can guess, in base64url: 43 characters for the default of 32 bytes. */
export function randomToken(bytes = 32): string {
  return randomBytes(bytes).toString("base64url");
}

/** SHA-256 as 64 lower-case hexadecimal digits. */
export function sha256(value: string | Uint8Array): string {
  return sha256Bytes(value).toString("hex");
}

/** SHA-256 as 32 bytes. */
export function sha256Bytes(value: string | Uint8Array): Buffer {
  return createHash("sha256").update(value).digest();
}
