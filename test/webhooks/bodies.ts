import { createHmac, randomUUID } from "node:crypto";

/** The notices of a test, in both of Intuit's formats. Ours own, in the shapes that Intuit documents. */

export const verifierToken = "a-verifier-token-of-the-tests";

export interface Told {
  readonly realmId: string;
  readonly name: string;
  readonly id: string;
  readonly operation: "Create" | "Update" | "Delete" | "Merge" | "Void" | "Emailed";
  /** With the merged record's id. */
  readonly deletedId?: string;
  /** Now, by the second, if left out. */
  readonly at?: Date;
  /** Of CloudEvents; a new one if left out. */
  readonly eventId?: string;
}

export function sign(body: string | Uint8Array, token = verifierToken): string {
  return createHmac("sha256", token).update(body).digest("base64");
}

/** The older format: grouped by company. */
export function legacyBody(told: readonly Told[]): string {
  const realms = [...new Set(told.map(({ realmId }) => realmId))];
  return JSON.stringify({
    eventNotifications: realms.map((realmId) => ({
      realmId,
      dataChangeEvent: {
        entities: told
          .filter((one) => one.realmId === realmId)
          .map(({ name, id, operation, deletedId, at = new Date() }) => ({
            name,
            id,
            operation,
            lastUpdated: `${at.toISOString().slice(0, 19)}+0000`,
            ...(deletedId !== undefined && { deletedId }),
          })),
      },
    })),
  });
}

const verbs = {
  Create: "created",
  Update: "updated",
  Delete: "deleted",
  Merge: "merged",
  Void: "void",
  Emailed: "emailed",
} as const;

/** CloudEvents: a list without groups. */
export function cloudBody(told: readonly Told[]): string {
  return JSON.stringify(
    told.map(({ realmId, name, id, operation, deletedId, at = new Date(), eventId = randomUUID() }) => ({
      specversion: "1.0",
      id: eventId,
      source: "intuit.dGhpcyBpcyBhIHRlc3Q=",
      type: `qbo.${name.toLowerCase()}.${verbs[operation]}.v1`,
      datacontenttype: "application/json",
      time: at.toISOString().replace("Z", "851517Z"),
      intuitentityid: id,
      intuitaccountid: realmId,
      data: deletedId === undefined ? {} : { deletedid: deletedId },
    })),
  );
}

/** Posts a body as Intuit does. */
export function deliver(
  url: string,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = { "intuit-signature": sign(body) },
): Promise<Response> {
  return fetch(`${url}/api/webhooks/quickbooks`, {
    method: "POST",
    headers: { "content-type": "application/json; charset=utf-8", ...headers },
    body,
  });
}
