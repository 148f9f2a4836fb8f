import { openKeyRing } from "../foundation/encryption/stored.js";
import { encryptedColumns } from "../sync/encrypted-columns.js";
import { signingKey } from "../sync/alerts/webhook.js";
import { type Command, read, UsageError } from "./command.js";

export const alertKey: Command = (options) => {
  read(options, {});
  return async ({ database, settings, print }) => {
    const { ENCRYPTION_KEYS: keys, ALERT_WEBHOOK_URL: url } = settings;
    if (keys === undefined || url === undefined)
      throw new UsageError("ENCRYPTION_KEYS and ALERT_WEBHOOK_URL are needed. Give both as the gateway has them.");
    print(signingKey(await openKeyRing(database, keys, encryptedColumns), url));
  };
};
