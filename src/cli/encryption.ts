import { writeAudit } from "../access/audit.js";
import { keysInUse } from "../foundation/encryption/columns.js";
import { reencrypt } from "../foundation/encryption/reencrypt.js";
import { lookupKeyColumn, openKeyRing } from "../foundation/encryption/stored.js";
import { encryptedColumns } from "../sync/encrypted-columns.js";
import { type Command, operator, printRow, read, type Tools, UsageError } from "./command.js";

const columns = [...encryptedColumns, lookupKeyColumn];

export const encryptionStatus: Command = (options) => {
  read(options, {});
  return async ({ database, print }) => {
    for (const [key, count] of await keysInUse(database.pool, columns)) printRow(print, key, String(count));
  };
};

export const rotateEncryption: Command = (options) => {
  read(options, {});
  return async (tools) => {
    const { database, settings, print } = tools;
    const keys = settings.ENCRYPTION_KEYS;
    if (keys === undefined)
      throw new UsageError("ENCRYPTION_KEYS is not set. Give it as the gateway has it, the new key first.");
    const keyRing = await openKeyRing(database, keys, encryptedColumns);
    const { values, problems } = await reencrypt(database.pool, keyRing, columns);
    if (values > 0) await audit(tools, { key: keyRing.keyId, values });
    print(`${String(values)} values are encrypted anew, by the key "${keyRing.keyId}".`);
    if (problems.length > 0) throw new Error(problems.join("\n"));
    const others = [...(await keysInUse(database.pool, columns)).keys()].filter((key) => key !== keyRing.keyId);
    if (others.length === 0) print("No other key is in use: they can be dropped from ENCRYPTION_KEYS.");
    else
      throw new Error(
        `In use again: ${others.join(", ")}. Give every process the same ENCRYPTION_KEYS, then run this again.`,
      );
  };
};

/** The keys are everybody's: each organization is told. */
async function audit({ database, organizations }: Tools, after: object): Promise<void> {
  const all = await organizations.list();
  await database.transaction(async (client) => {
    for (const { id: organizationId } of all) {
      const subject = { subjectType: "Organization", subjectId: organizationId } as const;
      await writeAudit(client, { organizationId, actor: operator, action: "encryption.rotate", ...subject, after });
    }
  });
}
