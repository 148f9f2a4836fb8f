import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";

/** One of ENCRYPTION_KEYS: 32 bytes, and the name by which what it encrypted refers to it. */
export interface EncryptionKey {
  readonly id: string;
  readonly key: Uint8Array;
}

/** Authenticated encryption bound to a place, so that no value can be moved to another row or column. */
export interface KeyRing {
  /** The id of the key that encrypts. */
  readonly keyId: string;
  /** `place` names where the result is kept: "table|row id|column". */
  encrypt(plaintext: string, place: string): string;
  /** Throws DecryptionError where the text is damaged, comes from another place, or its key is gone. */
  decrypt(text: string, place: string): string;
  /** A keyed hash to find encrypted values by: HMAC-SHA256, 64 hexadecimal digits. */
  lookup(value: string): string;
}

/** What is stored cannot be read; the message names the place and the remedy, never the content. */
export class DecryptionError extends Error {
  override readonly name = "DecryptionError";
}

const version = "v1";
const algorithm = "aes-256-gcm";
const ivBytes = 12;
const tagBytes = 16;

/**
 * The first key encrypts, each decrypts what it encrypted. Envelope: `v1.<key id>.<iv>.<ciphertext>.<tag>`, in base64url. `lookupKey` is
 * the one that a database keeps, for its hashes must outlive every key.
 */
export function createKeyRing(keys: readonly EncryptionKey[], lookupKey: Uint8Array = newLookupKey(keys)): KeyRing {
  const [newest] = keys;
  if (newest === undefined) throw noKey();
  const byId = new Map(keys.map(({ id, key }) => [id, key]));
  return {
    keyId: newest.id,
    encrypt: (plaintext, place) => seal(newest, plaintext, place),
    decrypt: (text, place) => open(byId, text, place),
    lookup: (value) => createHmac("sha256", lookupKey).update(value).digest("hex"),
  };
}

/** What a database keeps that has none: derived from the last, oldest key, so that processes which start at once agree. */
export function newLookupKey(keys: readonly EncryptionKey[]): Uint8Array {
  const oldest = keys.at(-1);
  if (oldest === undefined) throw noKey();
  return Buffer.from(hkdfSync("sha256", oldest.key, "", "quickbooks-graphql-gateway lookup v1", 32));
}

const noKey = (): Error => new Error("A key ring needs a key. Set ENCRYPTION_KEYS.");

function seal({ id, key }: EncryptionKey, plaintext: string, place: string): string {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv(algorithm, key, iv, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(place));
  const ciphertext = Buffer.concat([cipher.update(plaintext, "utf8"), cipher.final()]);
  return [version, id, ...[iv, ciphertext, cipher.getAuthTag()].map((part) => part.toString("base64url"))].join(".");
}

function open(keys: ReadonlyMap<string, Uint8Array>, text: string, place: string): string {
  const [found, id, ...encoded] = text.split(".");
  const [iv, ciphertext, tag] = encoded.map((part) => Buffer.from(part, "base64url"));
  const isEnvelope = found === version && id !== undefined && encoded.length === 3;
  if (!isEnvelope || iv?.length !== ivBytes || ciphertext === undefined || tag?.length !== tagBytes) {
    throw new DecryptionError(
      `What is stored at ${place} is not an encrypted value. Restore it from a backup, or connect again.`,
    );
  }
  const key = keys.get(id);
  if (key === undefined) {
    throw new DecryptionError(
      `What is stored at ${place} needs the encryption key "${id}". Put that key back at the end of ENCRYPTION_KEYS.`,
    );
  }
  try {
    const decipher = createDecipheriv(algorithm, key, iv, { authTagLength: tagBytes });
    decipher.setAAD(Buffer.from(place));
    decipher.setAuthTag(tag);
    return decipher.update(ciphertext, undefined, "utf8") + decipher.final("utf8");
  } catch (cause) {
    throw new DecryptionError(
      `What is stored at ${place} is damaged, was moved there from elsewhere, or was encrypted by another key named "${id}". Restore it from a backup, or connect again.`,
      { cause },
    );
  }
}
