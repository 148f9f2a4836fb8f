import type { EncryptedColumn } from "../foundation/encryption/columns.js";

const byId = { row: "id", rowType: "uuid" } as const;
const tokens = { table: "quickbooks_tokens", row: "connection_id", rowType: "uuid" } as const;

/** Every column that holds encrypted values; what is not written here would be lost with the key that is dropped after a rotation. */
export const encryptedColumns: readonly EncryptedColumn[] = [
  { ...tokens, column: "access_token" },
  { ...tokens, column: "refresh_token" },
  { table: "connections", ...byId, column: "realm_id" },
  { table: "connect_attempts", ...byId, column: "code" },
  { table: "connect_attempts", ...byId, column: "realm_id" },
  // Of notices, only those that nobody could read are encrypted; they belong to no connection.
  {
    table: "quickbooks_webhook_events",
    ...byId,
    column: "payload",
    where: "connection_id IS NULL AND type = 'unreadable'",
  },
];
