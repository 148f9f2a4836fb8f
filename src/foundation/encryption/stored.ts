import type { Database } from "../database/database.js";
import { createKeyRing, type EncryptionKey, type KeyRing, newLookupKey } from "../encryption.js";
import { type EncryptedColumn, keysInUse, placeIn } from "./columns.js";

const fact = "lookup-key";

/** The key of lookups, kept encrypted: so no rotation changes a hash. */
export const lookupKeyColumn: EncryptedColumn = {
  ...{ table: "gateway_facts", column: "value", row: "name", rowType: "text" },
  where: `name = '${fact}'`,
};

/**
 * The key ring of a database. Throws where a value was encrypted by a key that is not among these, for it would be met much later, as a
 * company that must be connected again.
 */
export async function openKeyRing(
  { prisma, pool }: Database,
  keys: readonly EncryptionKey[],
  columns: readonly EncryptedColumn[],
): Promise<KeyRing> {
  const given = new Set(keys.map(({ id }) => id));
  for (const [id, count] of await keysInUse(pool, [...columns, lookupKeyColumn])) {
    if (given.has(id)) continue;
    throw new Error(
      `ENCRYPTION_KEYS lacks the key "${id}", which encrypted ${String(count)} stored values. Put it back at the end; before it is dropped, run: encryption rotate.`,
    );
  }
  const ring = createKeyRing(keys);
  const place = placeIn(lookupKeyColumn, fact);
  const made = ring.encrypt(Buffer.from(newLookupKey(keys)).toString("base64"), place);
  const { value } = await prisma.gatewayFact.upsert({
    where: { name: fact },
    create: { name: fact, value: made },
    update: {},
  });
  return createKeyRing(keys, Buffer.from(ring.decrypt(value, place), "base64"));
}
