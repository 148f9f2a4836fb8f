import type { Clock } from "./clock.js";
import type { Company } from "./company/company.js";
import type { CompanyOptions } from "./company/options.js";
import type { Faults } from "./faults.js";
import type { Limits } from "./limits.js";
import type { RequestLogEntry } from "./log.js";
import type { Switches } from "./switches.js";
import type { WebhookSettings } from "./webhooks/settings.js";
import type { WriteLogEntry } from "./writes/log.js";
import type { Webhooks } from "./webhooks/webhooks.js";

export interface SimulatorOptions {
  /** Default 0: any free port. */
  readonly port?: number;
  readonly clientId?: string;
  readonly clientSecret?: string;
  /** Default: any redirect URI is taken. */
  readonly redirectUris?: readonly string[];
  /** Default: a random one. */
  readonly controlToken?: string;
  /** Whether the consent page consents by itself. */
  readonly autoConsent?: boolean;
  readonly refreshMode?: Switches["refreshMode"];
  /** Default: QuickBooks' own. */
  readonly limits?: Partial<Limits> | "off";
  /** Default: none. */
  readonly companies?: readonly CompanyOptions[];
  readonly clock?: Clock;
  /** A file in which grants, edits and added companies outlive a restart. Default: nothing is kept. */
  readonly statePath?: string;
  readonly switches?: Partial<Switches>;
  /** Default: the app takes no notifications; the verifier token is a random one. */
  readonly webhooks?: Partial<WebhookSettings>;
}

/** A running simulator. */
export interface Simulator {
  readonly url: string;
  /** The sandbox discovery document. */
  readonly discoveryUrl: string;
  /** The part of every API address before `/v3/company/…`. */
  readonly apiBaseUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly controlToken: string;
  readonly clock: Clock;
  readonly switches: Switches;
  /** Undefined when limits are off; can be set. */
  limits: Limits | undefined;
  readonly companies: ReadonlyMap<string, Company>;
  addCompany(options: CompanyOptions): Company;
  /** Ends every grant of the company, as a person who disconnects the app in QuickBooks does. */
  disconnect(realmId: string): void;
  readonly faults: Faults;
  /** How many successful reads of the company QuickBooks would bill. */
  meteredReads(realmId: string): number;
  /** What apps are told of edits. */
  readonly webhooks: Webhooks;
  /** The latest requests to the OAuth and API endpoints, oldest first. */
  readonly requests: readonly RequestLogEntry[];
  /** The latest writes of apps that were decided on, oldest first. */
  readonly writes: readonly WriteLogEntry[];
  stop(): Promise<void>;
}
