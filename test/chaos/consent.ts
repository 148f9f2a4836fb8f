import type { PoolClient } from "pg";
import type { Actor } from "../../src/access/actor.js";
import { systemClock } from "../../src/foundation/clock.js";
import type { Database } from "../../src/foundation/database/database.js";
import type { KeyRing } from "../../src/foundation/encryption.js";
import { createLog } from "../../src/foundation/log.js";
import { randomIds } from "../../src/foundation/ids.js";
import type { Streams } from "../../src/foundation/streams.js";
import { createDiscovery } from "../../src/quickbooks/discovery.js";
import { createOAuth, type Tokens } from "../../src/quickbooks/oauth.js";
import { realmLookup, sealRealm } from "../../src/quickbooks/realm.js";
import { createTokenStore, type TokenStore } from "../../src/quickbooks/tokens.js";
import { beginLifeWhereReset } from "../../src/sync/new-life.js";
import type { Simulator } from "../../simulator/index.js";
import { companyCreatedAt } from "../support/company.js";
import { plugins } from "./process.js";

export const realmId = "9130000000000007";
const redirectUri = "http://127.0.0.1:1/api/auth/quickbooks/callback";

/** A person who consents that the gateway reads their company. */
export interface Consent {
  /** The first time. */
  connect(connectionId: string): Promise<void>;
  /** Once more. */
  reconnect(connectionId: string): Promise<void>;
  /** When consents were exchanged for tokens, from and to, by the machine's clock. */
  readonly exchanges: readonly (readonly [number, number])[];
}

interface ConsentOptions {
  readonly simulator: Simulator;
  readonly database: Database;
  readonly keyRing: KeyRing;
  readonly actor: Actor;
  readonly streams: Streams;
}

export function personOf({ simulator, database, keyRing, actor, streams }: ConsentOptions): Consent {
  const { clientId, clientSecret, discoveryUrl: discoveryDocument } = simulator;
  const settings = { clientId, clientSecret, discoveryDocument, environment: "SIMULATOR" as const };
  const clock = { now: () => new Date(simulator.clock.now()) };
  const log = createLog({ level: "silent" });
  const discovery = createDiscovery({ settings, clock: systemClock, log });
  const oauth = createOAuth({ settings, discovery, clock, log });
  const tokens: TokenStore = createTokenStore({ database, keyRing, oauth, clock, log });
  const exchanges: [number, number][] = [];
  const consent = async (): Promise<Tokens> => {
    const url = `${await oauth.authorizationUrl({ state: "chaos", redirectUri })}&realmId=${realmId}`;
    const answer = await fetch(url, { redirect: "manual" });
    const code = new URL(answer.headers.get("location") ?? "").searchParams.get("code") ?? "";
    const from = Date.now();
    try {
      return await oauth.exchangeCode({ code, realmId, redirectUri });
    } finally {
      exchanges.push([from, Date.now()]);
    }
  };
  return {
    exchanges,
    async connect(connectionId) {
      const grant = await consent();
      await database.transaction(async (client) => {
        await insertConnection(client, keyRing, { connectionId, organizationId: actor.organizationId });
        await tokens.store(client, connectionId, grant);
      });
    },
    async reconnect(connectionId) {
      const grant = await consent();
      const createdAt = companyCreatedAt(simulator, realmId);
      await database.transaction(async (client) => {
        await client.query("UPDATE connections SET status = 'CONNECTED' WHERE id = $1", [connectionId]);
        await tokens.store(client, connectionId, grant);
        const { organizationId } = actor;
        const services = { streams, plugins, ids: randomIds };
        await beginLifeWhereReset(client, services, { connectionId, organizationId }, createdAt);
      });
    },
  };
}

async function insertConnection(
  client: PoolClient,
  keyRing: KeyRing,
  { connectionId, organizationId }: { readonly connectionId: string; readonly organizationId: string },
): Promise<void> {
  await client.query(
    `INSERT INTO connections (id, organization_id, environment, realm_id, realm_lookup, status, entities, connected_at,
       created_at, home_currency, time_zone)
     VALUES ($1, $2, 'SIMULATOR', $3, $4, 'CONNECTED', $5, now(), now(), 'USD', 'America/Los_Angeles')`,
    [
      connectionId,
      organizationId,
      sealRealm(keyRing, connectionId, realmId),
      realmLookup(keyRing, "SIMULATOR", realmId),
      plugins.map(({ name }) => name),
    ],
  );
}
