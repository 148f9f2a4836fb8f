import type { KeyRing } from "../foundation/encryption.js";

/** Intuit's id of a company: digits, longer than a double keeps. It comes from the callback's address and goes into a path. */
export function isRealmId(value: string): boolean {
  return /^\d{1,20}$/.test(value);
}

/** How a realm id is stored in `connections.realm_id`. */
export function sealRealm(keyRing: KeyRing, connectionId: string, realmId: string): string {
  return keyRing.encrypt(realmId, placeOfRealm(connectionId));
}

/** The realm id of a connection row. Throws DecryptionError. */
export function openRealm(keyRing: KeyRing, connection: { readonly id: string; readonly realmId: string }): string {
  return keyRing.decrypt(connection.realmId, placeOfRealm(connection.id));
}

/** What `connections.realm_lookup` holds: one company has one connection per environment (I16). */
export function realmLookup(keyRing: KeyRing, environment: string, realmId: string): string {
  return keyRing.lookup(`${environment}:${realmId}`);
}

function placeOfRealm(connectionId: string): string {
  return `connections|${connectionId}|realm_id`;
}
