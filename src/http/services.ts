import type { Registry } from "prom-client";
import type { Authenticator } from "../access/authentication.js";
import type { CommonSettings, Mode, QuickbooksSettings } from "../foundation/settings.js";
import type { Services } from "../schema/context.js";

/** What the HTTP server asks for its answers. */
export interface HttpServices extends Services {
  readonly authenticator: Authenticator;
  readonly settings: Pick<CommonSettings, "publicUrl" | "allowedOrigins" | "trustProxy" | "metricsToken"> & {
    readonly mode: Mode;
    readonly quickbooks: Pick<QuickbooksSettings, "webhookVerifierTokens">;
  };
  /** Whether one needs no token to read the schema; never in production. */
  readonly isSchemaPublic: boolean;
  /** Where other parts of the gateway keep their figures; shown at /metrics. */
  readonly metrics: Registry;
}
