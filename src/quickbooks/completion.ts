import type { PoolClient } from "pg";
import type { Actor } from "../access/actor.js";
import { writeAudit } from "../access/audit.js";
import type { Connection } from "../generated/prisma/client.js";
import type { ConnectAttempts, RedeemedAttempt } from "./connect-attempts.js";
import { alreadyConnected, beingErased, ConnectProblem, handleInvalid } from "./connect-problem.js";
import type { ConnectFlowOptions } from "./connect.js";
import {
  connectionOfRealm,
  type ConnectionRef,
  type ConsentedCompany,
  isBeingErased,
  writeConnection,
} from "./connections.js";
import { ReconnectNeeded } from "./errors.js";
import { GrantRefused, type Tokens } from "./oauth.js";
import { revokeQuietly } from "./revoke.js";

/** `companyCreatedAt` is what QuickBooks says now: a later time than the known one means that the company was reset. */
export type OnConnected = (
  tx: PoolClient,
  connection: ConnectionRef & { readonly companyCreatedAt: Date | null },
  isNew: boolean,
) => Promise<unknown>;

export interface CompletionOptions extends ConnectFlowOptions {
  readonly attempts: ConnectAttempts;
  readonly environment: string;
  readonly redirectUri: string;
}

/** From a handle to a connection: the code is exchanged, the company read, and everything written in one transaction. */
export class Completion {
  constructor(private readonly options: CompletionOptions) {}

  async run(
    { actor, handle }: { readonly actor: Actor; readonly handle: string },
    onConnected: OnConnected,
  ): Promise<Connection> {
    const { database, log, attempts, environment } = this.options;
    const attempt = await attempts.redeem(handle, { ...actor, actorId: actor.id, environment });
    if (attempt === undefined) throw handleInvalid();
    await this.assertSameCompany(actor, attempt);
    const tokens = await this.exchange(attempt);
    const company = await this.readCompany(actor, attempt, tokens);
    const connection = await this.writeOrRevoke(actor, company, tokens, onConnected);
    log.info({ connectionId: connection.id, isNew: connection.isNew }, "A company was connected.");
    return database.prisma.connection.findUniqueOrThrow({ where: { id: connection.id } });
  }

  /** A reconnect must not swap companies: the mirror would mix two. Nothing has been asked of Intuit yet. */
  private async assertSameCompany(
    { organizationId }: Actor,
    { connectionId, realmId }: RedeemedAttempt,
  ): Promise<void> {
    if (connectionId === undefined) return;
    const { database, keyRing, environment } = this.options;
    const known = await connectionOfRealm(database.pool, keyRing, { environment, realmId });
    if (known?.id === connectionId && known.organizationId === organizationId) return;
    throw new ConnectProblem(
      "OTHER_COMPANY",
      "Consent was given for another company than this connection's. Begin again and choose the same company.",
    );
  }

  private async exchange({ code, realmId }: RedeemedAttempt): Promise<Tokens> {
    const { oauth, redirectUri } = this.options;
    try {
      return await oauth.exchangeCode({ code, realmId, redirectUri });
    } catch (error) {
      if (error instanceof GrantRefused) throw handleInvalid();
      throw error;
    }
  }

  /** Reading the company proves that consent was given for it: the realm id in the callback's address proves nothing. */
  private async readCompany(
    actor: Actor,
    { realmId }: RedeemedAttempt,
    { accessToken, refreshToken }: Tokens,
  ): Promise<ConsentedCompany> {
    const { organizationId } = actor;
    const { database, keyRing, ids, quickbooks, allEntities, clock, environment } = this.options;
    const known = await connectionOfRealm(database.pool, keyRing, { environment, realmId });
    const id = known?.organizationId === organizationId ? known.id : ids.newId();
    const company = quickbooks.forGrant({ connectionId: id, realmId, accessToken });
    try {
      const [info, preferences] = [await company.companyInfo(), await company.preferences()];
      return { id, organizationId, environment, realmId, info, preferences, entities: allEntities, at: clock.now() };
    } catch (error) {
      if (!(error instanceof ReconnectNeeded)) throw error;
      await revokeQuietly(this.options, refreshToken, { actor });
      throw new ConnectProblem(
        "ACCESS_DENIED",
        "QuickBooks does not let this gateway into the company. Check that QUICKBOOKS_ENVIRONMENT and the client id fit it, then begin again.",
      );
    }
  }

  /** A grant that no connection came of is given back. */
  private async writeOrRevoke(...[actor, company, tokens, onConnected]: Parameters<Completion["write"]>) {
    try {
      return await this.write(actor, company, tokens, onConnected);
    } catch (error) {
      if (error instanceof ConnectProblem) await revokeQuietly(this.options, tokens.refreshToken, { actor });
      throw error;
    }
  }

  private async write(
    actor: Actor,
    company: ConsentedCompany,
    tokens: Tokens,
    onConnected: OnConnected,
  ): Promise<ConnectionRef & { readonly isNew: boolean }> {
    const { database, keyRing, tokens: store } = this.options;
    return database.transaction(async (tx) => {
      const connection = await writeConnection(tx, keyRing, company);
      if (connection === undefined) throw alreadyConnected();
      if (await isBeingErased(tx, connection.id)) throw beingErased();
      await store.store(tx, connection.id, tokens);
      await writeAudit(tx, {
        organizationId: actor.organizationId,
        actor,
        action: connection.isNew ? "connection.connect" : "connection.reconnect",
        subjectType: "ConnectedCompany",
        subjectId: connection.id,
        after: { status: "CONNECTED", companyName: company.info.companyName },
        intuitTid: tokens.intuitTid,
        at: company.at,
      });
      await onConnected(tx, { ...connection, companyCreatedAt: company.info.createdAt ?? null }, connection.isNew);
      return connection;
    });
  }
}
