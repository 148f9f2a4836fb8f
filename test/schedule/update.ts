import { z } from "zod";
import { dataOf } from "../http/client.js";
import type { Gateway } from "../http/gateway.js";

/** The settings that a connection begins with. */
export const defaults = {
  cron: null,
  timeZone: null,
  priority: false,
  entities: ["ACCOUNT", "CUSTOMER", "INVOICE", "ITEM", "PAYMENT"],
  transactionsSince: null,
  isPaused: false,
};

export const mutation = `mutation ($input: UpdateSyncSettingsInput!) { updateSyncSettings(input: $input) {
  connection { nextSyncAt isPaused settings { cron timeZone priority entities transactionsSince isPaused } }
  userErrors { field code }
} }`;

const payload = z.object({
  connection: z
    .object({ nextSyncAt: z.string().nullable(), isPaused: z.boolean(), settings: z.record(z.string(), z.unknown()) })
    .nullable(),
  userErrors: z.array(z.unknown()),
});

/** Changes settings over GraphQL; gives the payload. */
export async function updateSettings(gateway: Gateway, token: string, input: object): Promise<z.infer<typeof payload>> {
  const data = await dataOf(gateway, mutation, { token, variables: { input } });
  return payload.parse(data["updateSyncSettings"]);
}
