import type { IncomingMessage } from "node:http";
import type { Registry } from "prom-client";
import type { Authenticator } from "../access/authentication.js";
import type { NowMs } from "../foundation/buckets.js";
import type { CommonSettings, Mode, QuickbooksSettings } from "../foundation/settings.js";
import type { Services } from "../schema/context.js";
import type { Door } from "./door.js";
import type { Strangers } from "./strangers.js";

/** What the HTTP server asks for its answers. */
export interface HttpServices extends Services {
  readonly authenticator: Authenticator;
  readonly settings: Pick<CommonSettings, "publicUrl" | "allowedOrigins" | "trustProxy" | "metricsToken"> & {
    readonly mode: Mode;
    readonly quickbooks: Pick<QuickbooksSettings, "webhookVerifierTokens">;
  };
  /** Whether one needs no token to read the schema; never in production. */
  readonly isSchemaPublic: boolean;
  /** By which strangers' attempts are counted; the process's own if left out. */
  readonly monotonicMs?: NowMs;
  /** Where other parts of the gateway keep their figures; shown at /metrics. */
  readonly metrics: Registry;
}

/** The same, and what watches over who comes in. */
export interface GuardedServices extends HttpServices {
  readonly door: Door;
  readonly strangers: Strangers;
  /** Where the request of an upgrade comes from. */
  readonly addressOf: (request: IncomingMessage) => string;
}
