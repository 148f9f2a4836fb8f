import type { PoolClient } from "pg";
import { z } from "zod";
import { isReached, type Reach, reachParameter } from "../access/reach.js";
import type { KeyRing } from "../foundation/encryption.js";
import type { CompanyInfo, Preferences } from "./company-info.js";
import { realmLookup, sealRealm } from "./realm.js";

export interface ConnectionRef {
  readonly id: string;
  readonly organizationId: string;
}

/** A company that consent was given for. */
export interface ConsentedCompany {
  readonly id: string;
  readonly organizationId: string;
  readonly environment: string;
  readonly realmId: string;
  readonly info: CompanyInfo;
  readonly preferences: Preferences;
  /** The scope of a connection that is new. */
  readonly entities: readonly string[];
  readonly at: Date;
}

type Querying = Pick<PoolClient, "query">;

const ref = z.object({ id: z.string(), organizationId: z.string() });
const columns = 'id, organization_id AS "organizationId"';

/** The connection of a company: there is at most one per environment (I16). */
export async function connectionOfRealm(
  client: Querying,
  keyRing: KeyRing,
  { environment, realmId }: Pick<ConsentedCompany, "environment" | "realmId">,
): Promise<ConnectionRef | undefined> {
  const { rows } = await client.query(
    `SELECT ${columns} FROM connections WHERE environment = $1 AND realm_lookup = $2`,
    [environment, realmLookup(keyRing, environment, realmId)],
  );
  return ref.optional().parse(rows[0]);
}

/** A connection that is reached; a missing and a foreign one alike are undefined. `lock` holds it until the transaction ends. */
export async function ownConnection(
  client: Querying,
  reach: Reach,
  { id, environment }: { readonly id: string; readonly environment: string },
): Promise<(ConnectionRef & { readonly status: string }) | undefined> {
  const { rows } = await client.query(
    `SELECT ${columns}, status::text FROM connections WHERE id = $1 AND ${isReached("connections", "$2")} AND environment = $3 FOR UPDATE`,
    [id, reachParameter(reach), environment],
  );
  return ref.extend({ status: z.string() }).optional().parse(rows[0]);
}

/**
 * Writes a new connection, or renews the one this organization has with the company: its id, scope, mirror and epoch stay.
 * Undefined where the company belongs to another organization, even if that was decided a moment ago.
 *
 * The company's creation time is set once: when it moves, the engine must see that the company was reset.
 */
export async function writeConnection(
  client: Querying,
  keyRing: KeyRing,
  company: ConsentedCompany,
): Promise<(ConnectionRef & { readonly isNew: boolean }) | undefined> {
  const { id, organizationId, environment, realmId, info, preferences, entities, at } = company;
  const { rows } = await client.query(
    `INSERT INTO connections AS c (id, organization_id, environment, realm_id, realm_lookup, company_name, country,
       home_currency, time_zone, company_created_at, status, entities, connected_at, created_at, company_read_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'CONNECTED', $11, $12, $12, $12)
     ON CONFLICT (environment, realm_lookup) DO UPDATE SET status = 'CONNECTED', connected_at = excluded.connected_at,
       disconnected_at = NULL, erased_at = NULL, company_name = excluded.company_name, country = excluded.country,
       home_currency = excluded.home_currency, time_zone = excluded.time_zone, company_read_at = excluded.company_read_at,
       company_created_at = coalesce(c.company_created_at, excluded.company_created_at)
     WHERE c.organization_id = excluded.organization_id
     RETURNING ${columns}, xmax = 0 AS "isNew"`,
    [
      id,
      organizationId,
      environment,
      sealRealm(keyRing, id, realmId),
      realmLookup(keyRing, environment, realmId),
      info.companyName,
      info.country ?? null,
      preferences.homeCurrency ?? null,
      info.timeZone ?? null,
      info.createdAt ?? null,
      entities,
      at,
    ],
  );
  return ref.extend({ isNew: z.boolean() }).optional().parse(rows[0]);
}

/** Whether what was mirrored of a company is still being removed, so that nothing may be mirrored of it yet. */
export async function isBeingErased(client: Querying, connectionId: string): Promise<boolean> {
  const { rows } = await client.query(
    "SELECT 1 FROM erasures WHERE connection_id = $1 AND finished_at IS NULL AND fields = '{}'",
    [connectionId],
  );
  return rows.length > 0;
}
