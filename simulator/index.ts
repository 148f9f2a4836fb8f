import { randomBytes } from "node:crypto";
import type { Server } from "node:http";
import { Api } from "./api.js";
import { Clock } from "./clock.js";
import { Companies } from "./company/companies.js";
import type { Company } from "./company/company.js";
import type { CompanyOptions } from "./company/options.js";
import { seeded } from "./generate/random.js";
import { Control } from "./control/control.js";
import { Faults } from "./faults.js";
import { Throttle, quickbooksLimits } from "./limits.js";
import type { Limits } from "./limits.js";
import { RequestLog } from "./log.js";
import type { RequestLogEntry } from "./log.js";
import { OAuthEndpoints } from "./oauth/endpoints.js";
import type { App } from "./oauth/endpoints.js";
import { Grants } from "./oauth/grants.js";
import { IdTokens } from "./oauth/id-token.js";
import { listen, simulatorServer, stop } from "./server.js";
import { State } from "./state.js";
import { defaultSwitches } from "./switches.js";
import type { Switches } from "./switches.js";

export { Clock } from "./clock.js";
export { applyPayment, unapplyPayment } from "./company/payments.js";
export { Company } from "./company/company.js";
export type { CompanyOptions, Edit, EditKind, EditTiming, ServedRecord } from "./company/options.js";
export type { Notice, Operation } from "./company/notices.js";
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
  /** A file in which grants, edits and added companies outlive a restart. Default: nothing is kept. */
  readonly statePath?: string;
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

/** Starts a QuickBooks Online of its own on this machine. Throws when the port is taken or the kept state cannot be read. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const clock = options.clock ?? new Clock();
  const refreshMode = options.refreshMode ?? options.switches?.refreshMode ?? defaultSwitches.refreshMode;
  const switches: Switches = { ...defaultSwitches, ...options.switches, refreshMode };
  const companies = new Companies(clock, switches);
  const grants = new Grants(clock, switches, randomHex);
  populate(companies, grants, options);
  const app = {
    clientId: options.clientId ?? `AB${randomHex(24)}`,
    clientSecret: options.clientSecret ?? randomHex(20),
    redirectUris: options.redirectUris ?? [],
    autoConsent: options.autoConsent ?? false,
    companies: () => [...companies.byRealm.values()],
  };
  const token = options.controlToken ?? randomHex(24);
  const throttle = new Throttle(clock, limitsFrom(options.limits));
  const shared = { clock, switches, throttle, faults: new Faults(), log: new RequestLog() };
  const server = simulatorServer({
    ...shared,
    oauth: new OAuthEndpoints(app, grants, new IdTokens()),
    api: new Api(companies.byRealm, grants, switches, seeded("ties")),
    control: new Control({ ...shared, token, grants, companies }),
    randomHex,
  });
  const url = await listen(server, options.port ?? 0);
  return handle({ ...shared, url, app, token, companies, grants, server });
}

function randomHex(bytes: number): string {
  return randomBytes(bytes).toString("hex");
}

/** Adds the companies and, when state is kept, brings back what there was. */
function populate(companies: Companies, grants: Grants, { statePath, companies: wanted = [] }: SimulatorOptions): void {
  if (statePath === undefined) {
    for (const options of wanted) companies.add(options);
    return;
  }
  const state = new State(statePath, companies.clock);
  state.restoreCompanies(companies, wanted);
  state.restoreGrants(grants);
  state.keep(companies, grants);
}

interface Running {
  readonly url: string;
  readonly app: App;
  readonly token: string;
  readonly clock: Clock;
  readonly switches: Switches;
  readonly throttle: Throttle;
  readonly faults: Faults;
  readonly log: RequestLog;
  readonly companies: Companies;
  readonly grants: Grants;
  readonly server: Server;
}

function handle({
  url,
  app,
  token,
  clock,
  switches,
  throttle,
  faults,
  log,
  companies,
  grants,
  server,
}: Running): Simulator {
  return {
    url,
    discoveryUrl: `${url}/.well-known/openid_sandbox_configuration`,
    apiBaseUrl: url,
    clientId: app.clientId,
    clientSecret: app.clientSecret,
    controlToken: token,
    clock,
    switches,
    get limits() {
      return throttle.limits;
    },
    set limits(limits) {
      throttle.limits = limits;
    },
    companies: companies.byRealm,
    addCompany: (company) => companies.add(company),
    faults,
    disconnect: grants.disconnect.bind(grants),
    get requests() {
      return log.entries;
    },
    stop: () => end(faults, server),
  };
}

/** Lets go what faults hold, then stops. */
function end(faults: Faults, server: Server): Promise<void> {
  faults.clear();
  return stop(server);
}
