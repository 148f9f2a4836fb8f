import { randomBytes } from "node:crypto";
import { Api } from "./api.js";
import { Clock } from "./clock.js";
import { Company } from "./company/company.js";
import type { CompanyOptions } from "./company/company.js";
import { seeded } from "./generate/random.js";
import { EditRefused } from "./entities/definition.js";
import { Control } from "./control/control.js";
import { Faults } from "./faults.js";
import { Throttle, quickbooksLimits } from "./limits.js";
import type { Limits } from "./limits.js";
import { RequestLog } from "./log.js";
import type { RequestLogEntry } from "./log.js";
import { OAuthEndpoints } from "./oauth/endpoints.js";
import { Grants } from "./oauth/grants.js";
import { IdTokens } from "./oauth/id-token.js";
import { listen, simulatorServer, stop } from "./server.js";
import { defaultSwitches } from "./switches.js";
import type { Switches } from "./switches.js";

export { Clock } from "./clock.js";
export { Company } from "./company/company.js";
export type { CompanyOptions, Edit, EditKind, EditTiming, ServedRecord } from "./company/company.js";
export { EditRefused } from "./entities/definition.js";
export { Faults, InjectedFault } from "./faults.js";
export type { FaultKind, FaultSpec } from "./faults.js";
export type { Limits } from "./limits.js";
export type { RequestLogEntry } from "./log.js";
export type { Switches } from "./switches.js";

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
  readonly switches?: Partial<Switches>;
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
  /** The latest requests to the OAuth and API endpoints, oldest first. */
  readonly requests: readonly RequestLogEntry[];
  stop(): Promise<void>;
}

function limitsFrom(options: SimulatorOptions["limits"]): Limits | undefined {
  return options === "off" ? undefined : { ...quickbooksLimits, ...options };
}

/** Starts a QuickBooks Online of its own on this machine. Throws when the port is taken. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const clock = options.clock ?? new Clock();
  const switches: Switches = {
    ...defaultSwitches,
    ...options.switches,
    ...(options.refreshMode ? { refreshMode: options.refreshMode } : {}),
  };
  const randomHex = (bytes: number): string => randomBytes(bytes).toString("hex");
  const companies = new Map<string, Company>();
  const addCompany = (company: CompanyOptions): Company => {
    const added = new Company(company, clock, () => switches.recordTimes);
    if (companies.has(added.realmId))
      throw new EditRefused(`There is a company ${added.realmId} already; give another realmId or seed.`);
    companies.set(added.realmId, added);
    return added;
  };
  for (const company of options.companies ?? []) addCompany(company);
  const app = {
    clientId: options.clientId ?? `AB${randomHex(24)}`,
    clientSecret: options.clientSecret ?? randomHex(20),
    redirectUris: options.redirectUris ?? [],
    autoConsent: options.autoConsent ?? false,
    companies: () => [...companies.values()],
  };
  const grants = new Grants(clock, switches, randomHex);
  const throttle = new Throttle(clock, limitsFrom(options.limits));
  const log = new RequestLog();
  const oauth = new OAuthEndpoints(app, grants, new IdTokens());
  const api = new Api(companies, grants, switches, seeded("ties"));
  const faults = new Faults();
  const controlToken = options.controlToken ?? randomHex(24);
  const control = new Control({
    token: controlToken,
    clock,
    switches,
    throttle,
    faults,
    log,
    grants,
    companies,
    addCompany,
  });
  const server = simulatorServer({ clock, switches, oauth, api, throttle, faults, log, control, randomHex });
  const url = await listen(server, options.port ?? 0);
  return {
    url,
    discoveryUrl: `${url}/.well-known/openid_sandbox_configuration`,
    apiBaseUrl: url,
    clientId: app.clientId,
    clientSecret: app.clientSecret,
    controlToken,
    clock,
    switches,
    get limits() {
      return throttle.limits;
    },
    set limits(limits) {
      throttle.limits = limits;
    },
    companies,
    addCompany,
    faults,
    disconnect: (realmId) => {
      grants.disconnect(realmId);
    },
    get requests() {
      return log.entries;
    },
    stop: () => {
      faults.clear();
      return stop(server);
    },
  };
}
