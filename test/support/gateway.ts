import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { runningEmbeddedDatabase } from "../../src/foundation/database/embedded.js";
import { send } from "../http/client.js";
import { freshDatabase } from "./database.js";
import { freePort, Program, programFile, type Programs } from "./program.js";
import type { SimulatorProgram } from "./simulator.js";
import { until } from "./until.js";

/** The whole gateway as operators run it: a process of its own, configured by its environment. */
export interface GatewayProgram {
  readonly url: string;
  /** The process that runs now. */
  readonly process: Program;
  /** undefined while its database does not answer. */
  databaseUrl(): Promise<string | undefined>;
  /** Starts it, and waits until it is ready. */
  start(): Promise<void>;
  /** Starts another process of the same gateway on the same database, with settings of its own; on any free port if none is among them. */
  startAnother(settings: Settings): Promise<Program>;
  /** The operators' command line; gives what it prints. */
  operate(...command: readonly string[]): Promise<string>;
  /** Ends it for good, and removes what it kept. */
  remove(): Promise<void>;
}

type Settings = Readonly<Record<string, string>>;

interface GatewayOptions {
  readonly programs: Programs;
  readonly simulator: SimulatorProgram;
  /** Where the gateway keeps its books: in a database of the tests' server, or in the one it brings along. */
  readonly store: "server" | "embedded";
  /** In the place of those that a test's gateway has. */
  readonly settings?: Settings;
}

const readyTimeoutMs = 60_000;

/** A gateway that is set up and not started yet. */
export async function gatewayProgram({
  programs,
  simulator,
  store,
  settings = {},
}: GatewayOptions): Promise<GatewayProgram> {
  const database = store === "server" ? await freshDatabase() : undefined;
  const dataDir = mkdtempSync(join(tmpdir(), "gateway-data-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = {
    ...usualSettings(simulator, url),
    PORT: String(port),
    DATA_DIR: dataDir,
    ...(database && { DATABASE_URL: database.url }),
    ...settings,
  };
  const run = async (own: Settings, ownUrl: string): Promise<Program> => {
    const started = new Program([...programs.flags, programFile(programs, "src/server")], { ...env, ...own });
    processes.push(started);
    await until(async () => {
      if (started.hasEnded) throw new Error(`The gateway did not start: ${started.output}`);
      return (await isReady(ownUrl)) || undefined;
    }, readyTimeoutMs);
    return started;
  };
  const processes: Program[] = [];
  let process: Program | undefined;
  return {
    url,
    get process() {
      if (process === undefined) throw new Error("The gateway has not been started.");
      return process;
    },
    databaseUrl: () =>
      database === undefined ? runningEmbeddedDatabase(join(dataDir, "postgres")) : Promise.resolve(database.url),
    async start() {
      process = await run({}, url);
    },
    async startAnother(own) {
      const ownPort = own["PORT"] ?? String(await freePort());
      return run({ ...own, PORT: ownPort }, `http://127.0.0.1:${ownPort}`);
    },
    operate: (...command) => new Program([programFile(programs, "src/cli"), ...command], env).ended(),
    async remove() {
      await Promise.all(processes.map((each) => each.stop()));
      await database?.drop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** As docs/ tells operators, with the limits that only a simulator's may be raised to. */
function usualSettings({ clientId, clientSecret, discoveryUrl, apiBaseUrl }: SimulatorProgram, url: string): Settings {
  return {
    HOST: "127.0.0.1",
    PUBLIC_URL: url,
    LOG_LEVEL: "info",
    QUICKBOOKS_ENVIRONMENT: "simulator",
    QUICKBOOKS_CLIENT_ID: clientId,
    QUICKBOOKS_CLIENT_SECRET: clientSecret,
    QUICKBOOKS_DISCOVERY_DOCUMENT: discoveryUrl,
    QUICKBOOKS_API_BASE_URL: apiBaseUrl,
    QUICKBOOKS_WEBHOOK_VERIFIER_TOKEN: randomBytes(24).toString("hex"),
    QUICKBOOKS_REQUESTS_PER_SECOND: "5000",
    QUICKBOOKS_REQUESTS_PER_MINUTE: "100000",
    QUICKBOOKS_CONCURRENCY: "50",
    ENCRYPTION_KEYS: `test:${randomBytes(32).toString("base64")}`,
    AUTH_SECRET: randomBytes(36).toString("base64"),
  };
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`)).ok;
  } catch {
    return false;
  }
}

/** A new organization with its first ADMIN, made by the operators' command line; gives that member's token. */
export async function newAdmin(gateway: GatewayProgram, name = "Firm"): Promise<string> {
  const made = await gateway.operate("organization", "create", "--name", name, "--admin", "ada");
  const member = /member\s+(\S+)/.exec(made)?.[1] ?? "";
  return (await gateway.operate("token", "--member", member)).trim();
}

/** The whole way of a person who connects a company, the simulator's first if none is named; gives the ids of the connection and of its first run. */
export async function connectCompany(
  gateway: GatewayProgram,
  token: string,
  realmId?: string,
): Promise<{ readonly connectionId: string; readonly syncRunId: string }> {
  const begun = await send(
    gateway,
    `mutation { connectQuickBooks(input: { returnTo: "/" }) { authorizationUrl userErrors { code message } } }`,
    { token },
  );
  const { connectQuickBooks } = z
    .object({ connectQuickBooks: z.object({ authorizationUrl: z.url() }) })
    .parse(begun.data);
  // auto=1 stands for the person who presses the simulator's Connect button.
  const callback = await redirectOf(
    `${connectQuickBooks.authorizationUrl}&auto=1${realmId === undefined ? "" : `&realmId=${realmId}`}`,
  );
  const handle = new URL(await redirectOf(callback)).searchParams.get("connect");
  const ended = await send(
    gateway,
    `mutation ($handle: String!) {
      completeConnection(input: { handle: $handle }) { connection { id } syncRun { id } userErrors { code message } }
    }`,
    { token, variables: { handle } },
  );
  const id = z.object({ id: z.string() });
  const made = z.object({ completeConnection: z.object({ connection: id, syncRun: id }) }).parse(ended.data);
  return {
    connectionId: made.completeConnection.connection.id,
    syncRunId: made.completeConnection.syncRun.id,
  };
}

async function redirectOf(url: string): Promise<string> {
  const response = await fetch(url, { redirect: "manual" });
  const location = response.headers.get("location");
  if (location === null) throw new Error(`A step of connecting answered ${response.status} and no redirect.`);
  return new URL(location, url).href;
}
