import type { Actor } from "../access/actor.js";
import type { ApiKeys } from "../access/api-keys.js";
import type { Budgets } from "../access/budgets.js";
import type { Organizations } from "../access/organizations.js";
import type { Clock } from "../foundation/clock.js";
import type { Database } from "../foundation/database/database.js";
import type { KeyRing } from "../foundation/encryption.js";
import type { Log } from "../foundation/log.js";
import type { Streams } from "../foundation/streams.js";
import type { EntityPlugin } from "../plugins/plugin.js";
import type { QuickBooksClient } from "../quickbooks/client.js";
import type { ConnectFlow } from "../quickbooks/connect.js";
import type { Quota } from "../quickbooks/quota.js";
import type { Conflicts } from "../sync/conflicts/resolve.js";
import type { Exports } from "../sync/export/exports.js";
import type { Erasures } from "../sync/erasure/erasures.js";
import type { Inbox } from "../sync/inbox/inbox.js";
import type { LocalChanges } from "../sync/local-changes/edits.js";
import type { Runs } from "../sync/runs.js";
import { unauthenticated } from "./errors.js";
import { createLoaders, type Loaders } from "./loaders.js";

/** What the schema asks for its answers: made once, when the gateway starts. */
export interface Services {
  readonly database: Database;
  readonly plugins: readonly EntityPlugin[];
  readonly clock: Clock;
  readonly log: Log;
  readonly keyRing: KeyRing;
  readonly organizations: Organizations;
  readonly apiKeys: ApiKeys;
  readonly budgets: Budgets;
  readonly streams: Streams;
  readonly runs: Runs;
  readonly inbox: Inbox;
  readonly localChanges: LocalChanges;
  readonly conflicts: Conflicts;
  readonly exports: Exports;
  readonly erasures: Erasures;
  readonly connectFlow: ConnectFlow;
  readonly quickbooks: QuickBooksClient;
  readonly quota: Quota;
}

/** What one operation, or one event of a subscription, is answered with. */
export interface GatewayContext {
  /** Nobody where the request brought no token; `@Authorized` fields are then refused. */
  readonly actor: Actor | undefined;
  readonly requestId: string;
  /** Aborted when the caller has gone: nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  readonly services: Services;
  readonly loaders: Loaders;
}

type Caller = Pick<GatewayContext, "actor" | "requestId" | "signal">;

/** The context of one request. Its loaders remember what they read, so they live no longer than one answer. */
export function createContext(services: Services, { actor, requestId, signal }: Caller): GatewayContext {
  return { actor, requestId, signal, services, loaders: createLoaders(services, actor) };
}

/** The same caller with loaders that remember nothing: an event of a subscription shows what is true when it is sent. */
export function refreshed(context: GatewayContext): GatewayContext {
  return createContext(context.services, context);
}

/** Whether a library that knows of no context gives back one of ours. */
export function isContext(value: unknown): value is GatewayContext {
  return typeof value === "object" && value !== null && "services" in value && "loaders" in value;
}

/** The caller of a field behind `@Authorized`, by this request. */
export function actorOf({ actor, requestId }: GatewayContext): Actor {
  if (actor === undefined) throw unauthenticated();
  return { ...actor, requestId };
}
