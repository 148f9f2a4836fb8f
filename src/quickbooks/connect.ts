import type { PoolClient } from "pg";
import { z } from "zod";
import type { Actor } from "../access/actor.js";
import { writeAudit } from "../access/audit.js";
import { Forbidden } from "../access/errors.js";
import type { Clock } from "../foundation/clock.js";
import type { Database } from "../foundation/database/database.js";
import type { KeyRing } from "../foundation/encryption.js";
import type { Ids } from "../foundation/ids.js";
import type { Log } from "../foundation/log.js";
import type { QuickbooksSettings } from "../foundation/settings.js";
import type { Connection } from "../generated/prisma/client.js";
import { checkSoon } from "./authorization-checks.js";
import type { QuickBooksClient } from "./client.js";
import { Completion, type OnConnected } from "./completion.js";
import { ConnectAttempts } from "./connect-attempts.js";
import { ConnectProblem, notFound } from "./connect-problem.js";
import { type ConnectionRef, ownConnection } from "./connections.js";
import type { OAuth } from "./oauth.js";
import { isRealmId, realmLookup } from "./realm.js";
import { allowedReturn, type ReturnSettings, withParameter } from "./return-to.js";
import { revokeQuietly } from "./revoke.js";
import type { TokenStore } from "./tokens.js";

export { ConnectProblem, type ConnectProblemCode } from "./connect-problem.js";
export type { ConnectionRef } from "./connections.js";

/**
 * Connecting a company: consent at Intuit, back by redirect only, completed by the member who began. Nobody can be lured into
 * consenting for another organization. Throws ConnectProblem, and the errors of errors.ts.
 */
export interface ConnectFlow {
  /** `connectionId`: the connection to reconnect; another company is then refused. */
  begin(input: {
    readonly actor: Actor;
    readonly returnTo: string;
    readonly connectionId?: string | undefined;
  }): Promise<{ readonly authorizationUrl: string; readonly expiresAt: Date }>;
  /** `parameters` are those of Intuit's redirect. Whatever they hold, the answer is a 302 to `redirectTo`. */
  callback(parameters: unknown): Promise<{ readonly redirectTo: string }>;
  /** `onConnected` does more in the transaction that writes the connection. */
  complete(input: { readonly actor: Actor; readonly handle: string }, onConnected: OnConnected): Promise<Connection>;
  /**
   * Somebody has disconnected the company at Intuit, or claims so: `parameters` are those of a browser's request, which anybody can
   * make. The authorization is tried soon, and Intuit's answer counts; an unknown company and a known one are answered alike.
   */
  disconnected(parameters: unknown): Promise<{ readonly redirectTo: string }>;
  /**
   * Forgets the tokens and revokes them at Intuit; the mirror stays. Doing it again changes nothing. `alongside` does more in the same transaction,
   * whether or not the company was connected still.
   */
  disconnect(input: Disconnecting): Promise<void>;
}

export interface Disconnecting {
  readonly actor: Actor;
  readonly connectionId: string;
  readonly alongside?: ((tx: PoolClient, connection: ConnectionRef) => Promise<unknown>) | undefined;
}

export interface ConnectFlowOptions {
  readonly database: Database;
  readonly keyRing: KeyRing;
  readonly oauth: Pick<OAuth, "authorizationUrl" | "exchangeCode" | "revoke">;
  readonly tokens: Pick<TokenStore, "store" | "forget">;
  readonly quickbooks: Pick<QuickBooksClient, "forGrant">;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly settings: ReturnSettings & { readonly quickbooks: Pick<QuickbooksSettings, "environment"> };
  readonly log: Pick<Log, "info" | "warn">;
  /** The scope of a new connection. */
  readonly allEntities: readonly string[];
  /** Does more in the transaction that disconnects. */
  readonly onDisconnected?: (tx: PoolClient, connection: ConnectionRef) => Promise<unknown>;
}

/** Registered with Intuit, as PUBLIC_URL followed by this. */
export const callbackPath = "/api/auth/quickbooks/callback";

const oneValue = z.string().min(1).max(1024);
const callbackState = z.object({ state: oneValue });
const refusal = z.object({ error: oneValue });
const company = z.object({ realmId: z.string().refine(isRealmId) });
const consent = company.extend({ code: oneValue });

export function createConnectFlow(options: ConnectFlowOptions): ConnectFlow {
  return new Flow(options);
}

class Flow implements ConnectFlow {
  private readonly attempts: ConnectAttempts;
  private readonly completion: Completion;
  private readonly environment: string;
  private readonly redirectUri: string;

  constructor(private readonly options: ConnectFlowOptions) {
    const { database, keyRing, clock, ids, settings } = options;
    this.attempts = new ConnectAttempts({ pool: database.pool, keyRing, clock, ids });
    this.environment = settings.quickbooks.environment;
    this.redirectUri = `${settings.publicUrl}${callbackPath}`;
    const { attempts, environment, redirectUri } = this;
    this.completion = new Completion({ ...options, attempts, environment, redirectUri });
  }

  async begin({ actor, returnTo, connectionId }: Parameters<ConnectFlow["begin"]>[0]) {
    const { settings, database, oauth, clock } = this.options;
    const { organizationId, id: actorId } = actor;
    const { environment, redirectUri } = this;
    const allowed = allowedReturn(returnTo, settings);
    if (allowed === undefined) {
      throw new ConnectProblem(
        "INVALID",
        "Give a path under PUBLIC_URL that begins with /, or an address of one of ALLOWED_ORIGINS.",
        "returnTo",
      );
    }
    if (connectionId === undefined && actor.connectionIds !== undefined) {
      throw new Forbidden("This API key is limited to some connections: it can renew these, and add no other.");
    }
    if (connectionId !== undefined) {
      const own = await ownConnection(database.pool, actor, { id: connectionId, environment });
      if (own === undefined) throw notFound();
    }
    const attempt = { organizationId, actorId, environment, connectionId, returnTo: allowed };
    const { state, expiresAt } = await database.transaction(async (tx) => {
      await writeAudit(tx, {
        organizationId,
        actor,
        action: "connection.begin",
        subjectType: "ConnectedCompany",
        subjectId: connectionId,
        at: clock.now(),
      });
      return this.attempts.begin(tx, attempt);
    });
    return { authorizationUrl: await oauth.authorizationUrl({ state, redirectUri }), expiresAt };
  }

  async callback(parameters: unknown): Promise<{ readonly redirectTo: string }> {
    const state = callbackState.safeParse(parameters).data?.state;
    const attempt = state === undefined ? undefined : await this.attempts.consumeState(state);
    if (attempt === undefined) {
      this.options.log.warn("A callback from Intuit brought no state, or one that is unknown, used or too old.");
      return { redirectTo: withParameter(this.options.settings.publicUrl, "connect_error", "invalid_state") };
    }
    const back = (error: string) => ({ redirectTo: withParameter(attempt.returnTo, "connect_error", error) });
    const refused = refusal.safeParse(parameters).data;
    if (refused !== undefined) return back(refused.error === "access_denied" ? "access_denied" : "intuit_error");
    const given = consent.safeParse(parameters).data;
    if (given === undefined) return back("invalid_callback");
    const handle = await this.attempts.keepCode(attempt.id, given);
    return { redirectTo: withParameter(attempt.returnTo, "connect", handle) };
  }

  async disconnected(parameters: unknown): Promise<{ readonly redirectTo: string }> {
    const { database, keyRing, clock, settings } = this.options;
    const realmId = company.safeParse(parameters).data?.realmId;
    if (realmId !== undefined) {
      const { environment } = this;
      await checkSoon(database.pool, {
        environment,
        realmLookup: realmLookup(keyRing, environment, realmId),
        now: clock.now(),
      });
    }
    return { redirectTo: withParameter(settings.publicUrl, "disconnected", "1") };
  }

  complete(input: { readonly actor: Actor; readonly handle: string }, onConnected: OnConnected): Promise<Connection> {
    return this.completion.run(input, onConnected);
  }

  async disconnect({ actor, connectionId, alongside }: Disconnecting): Promise<void> {
    const refreshToken = await this.options.database.transaction(async (tx) => {
      const own = await ownConnection(tx, actor, { id: connectionId, environment: this.environment });
      if (own === undefined) throw notFound();
      const forgotten = own.status === "DISCONNECTED" ? undefined : await this.endConnection(tx, actor, own);
      await alongside?.(tx, own);
      return forgotten;
    });
    if (refreshToken !== undefined) await revokeQuietly(this.options, refreshToken, { actor, connectionId });
  }

  /** Returns the refresh token, which is to be revoked. */
  private async endConnection(
    tx: PoolClient,
    actor: Actor,
    connection: ConnectionRef & { readonly status: string },
  ): Promise<string | undefined> {
    const { tokens, clock, onDisconnected } = this.options;
    const { id, status } = connection;
    const at = clock.now();
    await tx.query("UPDATE connections SET status = 'DISCONNECTED', disconnected_at = $2 WHERE id = $1", [id, at]);
    await writeAudit(tx, {
      organizationId: actor.organizationId,
      actor,
      action: "connection.disconnect",
      subjectType: "ConnectedCompany",
      subjectId: id,
      before: { status },
      after: { status: "DISCONNECTED" },
      at,
    });
    await onDisconnected?.(tx, connection);
    return tokens.forget(tx, id);
  }
}
