import type { PoolClient } from "pg";
import { z } from "zod";
import type { Clock } from "../foundation/clock.js";
import type { Database } from "../foundation/database/database.js";
import { randomIds, type Ids } from "../foundation/ids.js";
import type { AuthSettings } from "../foundation/settings.js";
import { lowerRole, roles, type Actor, type SystemActor } from "./actor.js";
import { writeAudit } from "./audit.js";
import { isApiKey } from "./api-keys.js";
import { Unauthenticated } from "./errors.js";
import { findKeyHolder } from "./key-holder.js";
import { createTokenVerifier, type Claims } from "./tokens.js";

export interface Authenticated {
  readonly actor: Actor;
  /** When the token or key ends; left out where it does not. */
  readonly expiresAt?: Date;
  /** Who they are by now: nobody once they have been removed, or their key is revoked. */
  askAgain(): Promise<Actor | undefined>;
}

/** Tells who sends a request. */
export interface Authenticator {
  /**
   * Takes the value of the Authorization header, or the same string from a WebSocket's parameters. Throws Unauthenticated without a
   * reason; other errors mean that nobody could be asked.
   */
  authenticate(authorization: string | undefined): Promise<Authenticated>;
}

interface AuthenticatorParts {
  readonly auth: AuthSettings;
  readonly database: Database;
  readonly clock: Clock;
  readonly ids?: Ids;
}

const bearer = /^Bearer ([\w.-]+)$/i;
const maxHeaderLength = 8_192;
const provisioner: SystemActor = { kind: "SYSTEM", name: "AUTH_AUTO_PROVISION" };

const memberRow = z.object({
  id: z.string(),
  role: z.enum(roles),
  name: z.string().nullable(),
  isRemoved: z.boolean(),
});
type MemberRow = z.output<typeof memberRow>;

/** Prepared, because every request asks it. */
const findMember = {
  name: "access.findMember",
  text: `SELECT id, role, name, removed_at IS NOT NULL AS "isRemoved" FROM members WHERE organization_id = $1 AND subject = $2`,
};

/** A member's role is the lower of the stored one and the token's; a removed member stays removed whatever a token says. */
export function createAuthenticator({ auth, database, clock, ids = randomIds }: AuthenticatorParts): Authenticator {
  const verify = createTokenVerifier(auth, clock);
  return {
    async authenticate(authorization) {
      const given =
        authorization !== undefined && authorization.length <= maxHeaderLength
          ? bearer.exec(authorization)?.[1]
          : undefined;
      if (given === undefined) throw new Unauthenticated();
      if (isApiKey(given)) return holderOf(() => findKeyHolder(database, clock, given));
      const claims = await verify(given);
      return holderOf(async () => {
        const member =
          (await readMember(database.pool, claims)) ?? (await provision({ auth, database, clock, ids }, claims));
        const { expiresAt } = claims;
        return member === undefined || member.isRemoved ? undefined : { actor: toActor(member, claims), expiresAt };
      });
    },
  };
}

async function holderOf(find: () => Promise<Omit<Authenticated, "askAgain"> | undefined>): Promise<Authenticated> {
  const found = await find();
  if (found === undefined) throw new Unauthenticated();
  return { ...found, askAgain: async () => (await find())?.actor };
}

function toActor({ id, role, name }: MemberRow, claims: Claims): Actor {
  return {
    kind: "MEMBER",
    id,
    organizationId: claims.organizationId,
    role: lowerRole(role, claims.role),
    name: name ?? claims.subject,
  };
}

async function readMember(
  client: Pick<PoolClient, "query">,
  { organizationId, subject }: Claims,
): Promise<MemberRow | undefined> {
  const { rows } = await client.query({ ...findMember, values: [organizationId, subject] });
  return rows.length === 0 ? undefined : memberRow.parse(rows[0]);
}

/** Makes what a trusted issuer's token names and AUTH_AUTO_PROVISION lets it make; two first requests at once make it once. */
async function provision(
  { auth, database, clock, ids }: Required<AuthenticatorParts>,
  claims: Claims,
): Promise<MemberRow | undefined> {
  if (auth.autoProvision === "none") return undefined;
  const { organizationId, subject, role, name, email } = claims;
  return database.transaction(async (client) => {
    const at = clock.now();
    const audit = { organizationId, actor: provisioner, at };
    if (auth.autoProvision === "organizations") {
      const values = [organizationId, `Organization ${organizationId.slice(0, 8)}`, at];
      const made = await client.query(
        "INSERT INTO organizations (id, name, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        values,
      );
      if (made.rowCount === 1)
        await writeAudit(client, {
          ...audit,
          action: "organization.create",
          subjectType: "Organization",
          subjectId: organizationId,
        });
    }
    const id = ids.newId();
    const made = await client.query(
      `INSERT INTO members (id, organization_id, subject, name, email, role, created_at)
       SELECT $1, id, $3, $4, $5, $6::"Role", $7 FROM organizations WHERE id = $2 ON CONFLICT DO NOTHING`,
      [id, organizationId, subject, name ?? null, email ?? null, role, at],
    );
    if (made.rowCount === 1) {
      await writeAudit(client, {
        ...audit,
        action: "member.add",
        subjectType: "Member",
        subjectId: id,
        after: { subject, role },
      });
    }
    return readMember(client, claims);
  });
}
