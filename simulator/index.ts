import { randomBytes, randomUUID } from "node:crypto";
import type { Server } from "node:http";
import { Api } from "./api.js";
import { Clock } from "./clock.js";
import { Companies } from "./company/companies.js";
import { seeded } from "./generate/random.js";
import { Control } from "./control/control.js";
import { Faults } from "./faults.js";
import { Meter, Throttle, quickbooksLimits } from "./limits.js";
import type { Limits } from "./limits.js";
import { RequestLog } from "./log.js";
import { OAuthEndpoints } from "./oauth/endpoints.js";
import type { App } from "./oauth/endpoints.js";
import { Grants } from "./oauth/grants.js";
import { IdTokens } from "./oauth/id-token.js";
import type { Simulator, SimulatorOptions } from "./simulator.js";
import { listen, simulatorServer, stop } from "./server.js";
import { State } from "./state.js";
import { defaultSwitches } from "./switches.js";
import type { Switches } from "./switches.js";
import { defaultWebhooks } from "./webhooks/settings.js";
import { Webhooks } from "./webhooks/webhooks.js";
import type { Replays } from "./writes/replays.js";
import { Writes } from "./writes/writes.js";

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
export type { Simulator, SimulatorOptions } from "./simulator.js";
export type { Switches } from "./switches.js";
export type { DeliveryLogEntry } from "./webhooks/log.js";
export type { WriteLogEntry } from "./writes/log.js";
export type { WebhookSettings } from "./webhooks/settings.js";
export type { Webhooks } from "./webhooks/webhooks.js";

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
  const faults = new Faults();
  const writes = new Writes(clock, switches, faults, seeded("batches"));
  populate(companies, grants, writes.replays, options);
  const app = appFrom(options, companies);
  const token = options.controlToken ?? randomHex(24);
  const throttle = new Throttle(clock, limitsFrom(options.limits));
  const webhooks = webhooksFrom(options, app, companies);
  const recorders = { meter: new Meter(), log: new RequestLog() };
  const shared = { clock, switches, throttle, webhooks, writes, faults, ...recorders };
  const server = simulatorServer({
    ...shared,
    oauth: new OAuthEndpoints(app, grants, new IdTokens()),
    api: new Api(companies.byRealm, grants, switches, seeded("ties"), writes),
    control: new Control({ ...shared, token, grants, companies }),
    randomHex,
  });
  const url = await listen(server, options.port ?? 0);
  return handle({ ...shared, url, app, token, companies, grants, server });
}

function appFrom(options: SimulatorOptions, companies: Companies): App {
  return {
    clientId: options.clientId ?? `AB${randomHex(24)}`,
    clientSecret: options.clientSecret ?? randomHex(20),
    redirectUris: options.redirectUris ?? [],
    autoConsent: options.autoConsent ?? false,
    companies: () => [...companies.byRealm.values()],
  };
}

/** The notifications of all edits from now on. */
function webhooksFrom(options: SimulatorOptions, { clientId }: App, companies: Companies): Webhooks {
  const settings = { ...defaultWebhooks, verifierToken: randomHex(18), ...options.webhooks };
  const webhooks = new Webhooks(clientId, settings, randomUUID);
  companies.onNotices = (notices) => {
    webhooks.notify(notices);
  };
  return webhooks;
}

function randomHex(bytes: number): string {
  return randomBytes(bytes).toString("hex");
}

/** Adds the companies and, when state is kept, brings back what there was. */
function populate(
  companies: Companies,
  grants: Grants,
  replays: Replays,
  { statePath, companies: wanted = [] }: SimulatorOptions,
): void {
  if (statePath === undefined) {
    for (const options of wanted) companies.add(options);
    return;
  }
  const state = new State(statePath, companies.clock);
  state.restoreCompanies(companies, wanted);
  state.restoreGrants(grants);
  state.restoreReplays(replays);
  state.keep(companies, grants, replays);
}

interface Running {
  readonly url: string;
  readonly app: App;
  readonly token: string;
  readonly clock: Clock;
  readonly switches: Switches;
  readonly throttle: Throttle;
  readonly meter: Meter;
  readonly webhooks: Webhooks;
  readonly writes: Writes;
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
  throttle,
  meter,
  log,
  writes,
  companies,
  grants,
  server,
  ...shown
}: Running): Simulator {
  const { faults, webhooks } = shown;
  return {
    ...shown,
    url,
    discoveryUrl: `${url}/.well-known/openid_sandbox_configuration`,
    apiBaseUrl: url,
    clientId: app.clientId,
    clientSecret: app.clientSecret,
    controlToken: token,
    get limits() {
      return throttle.limits;
    },
    set limits(limits) {
      throttle.limits = limits;
    },
    companies: companies.byRealm,
    addCompany: (company) => companies.add(company),
    disconnect: grants.disconnect.bind(grants),
    meteredReads: meter.reads.bind(meter),
    get writes() {
      return writes.log.entries;
    },
    get requests() {
      return log.entries;
    },
    stop: () => end(faults, webhooks, server),
  };
}

/** Lets go what faults hold, then stops. */
async function end(faults: Faults, webhooks: Webhooks, server: Server): Promise<void> {
  faults.clear();
  await Promise.all([webhooks.stop(), stop(server)]);
}
