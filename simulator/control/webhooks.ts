import { z } from "zod";
import { json } from "../answers.js";
import type { Answer } from "../answers.js";
import type { Clock } from "../clock.js";
import type { Request } from "../request.js";
import type { Webhooks } from "../webhooks/webhooks.js";
import { ControlRefused, read } from "./input.js";

const chance = z.number().min(0).max(1).exactOptional();

/** Some of the settings of notifications, as given from outside; `url` null: the app takes none. */
export const webhooksSchema = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/ })
      .nullable()
      .exactOptional(),
    verifierToken: z.string().min(8, "must have at least 8 characters").exactOptional(),
    format: z.enum(["cloudevents", "legacy"]).exactOptional(),
    manual: z.boolean().exactOptional(),
    delayMs: z.number().nonnegative().exactOptional(),
    eventsPerBody: z.int().positive().exactOptional(),
    loss: chance,
    doubling: chance,
    reordering: chance,
    seed: z.union([z.string(), z.number()]).exactOptional(),
    emptyData: z.enum(["object", "absent"]).exactOptional(),
    timeoutMs: z.int().positive().exactOptional(),
    retryScale: z.number().positive().exactOptional(),
  })
  .transform(({ url, ...others }) => ({ ...others, ...(url === undefined ? {} : { url: url ?? undefined }) }));

const noticesSchema = z.array(
  z.strictObject({
    realmId: z.string(),
    entity: z.string(),
    id: z.string(),
    operation: z.enum(["Create", "Update", "Delete", "Merge", "Void", "Emailed"]),
    deletedId: z.string().exactOptional(),
  }),
);

/**
 * What the control API does with notifications; undefined when it has nothing there. `notices` sends any, also of records and companies
 * that do not exist. The verifier token is taken and never shown.
 */
export async function controlWebhooks(
  webhooks: Webhooks,
  clock: Clock,
  { method, body, query }: Request,
  what: string,
): Promise<Answer | undefined> {
  const key = `${method} ${what}`;
  if (key === "PATCH ") webhooks.configure(read(webhooksSchema, body));
  if (key === "GET " || key === "PATCH ") {
    const { verifierToken, ...settings } = webhooks.settings;
    return json(200, { ...settings, hasVerifierToken: verifierToken !== "" });
  }
  if (key === "GET pending") return json(200, { pending: webhooks.pending() });
  if (key === "POST deliver") return json(200, { attempts: await webhooks.deliverAll() });
  if (key === "GET log") {
    const after = Number(query.get("after") ?? 0);
    return json(200, { attempts: webhooks.log.filter(({ sequence }) => sequence > after) });
  }
  if (key !== "POST notices") return undefined;
  if (webhooks.settings.url === undefined)
    throw new ControlRefused(409, "The app takes no notifications: set their url by PATCH webhooks first.");
  webhooks.notify(read(noticesSchema, body).map((notice) => ({ ...notice, at: clock.now() })));
  return json(202, {});
}
