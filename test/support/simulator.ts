import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { z } from "zod";
import type { CompanyOptions, RequestLogEntry } from "../../simulator/index.js";
import { Program, programFile, type Programs } from "./program.js";
import { until } from "./until.js";

/** A simulator that runs as a program of its own and is reached through its control API. */
export interface SimulatorProgram {
  readonly url: string;
  readonly discoveryUrl: string;
  readonly apiBaseUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The texts of all records of an entity, as queries serve them; of the first company if none is named. */
  records(entity: string, realmId?: string): AsyncIterable<string>;
  /** The latest requests, oldest first. */
  requests(): Promise<readonly RequestLogEntry[]>;
  /** Asks for anything that the control API offers (`simulator/control/control.ts`); gives its answer. */
  control(method: string, path: string, body?: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

const readyLine = z.object({ ready: z.literal(true), url: z.url(), discoveryUrl: z.url(), apiBaseUrl: z.url() });
const logEntry = z.looseObject({
  sequence: z.number(),
  at: z.number(),
  durationMs: z.number(),
  method: z.string(),
  path: z.string(),
  query: z.string().exactOptional(),
  realmId: z.string().exactOptional(),
  status: z.number(),
  rows: z.number(),
  bytes: z.number(),
});

const startTimeoutMs = 60_000;

/** Starts a simulator, without limits unless asked, whose consent page consents by itself where `auto=1` asks for it. */
export async function startSimulatorProgram(
  programs: Programs,
  companies: readonly (CompanyOptions & { readonly realmId: string })[],
  { hasLimits = false }: { readonly hasLimits?: boolean } = {},
): Promise<SimulatorProgram> {
  const [clientId, clientSecret, controlToken] = [secret(), secret(), secret()];
  const program = new Program([programFile(programs, "simulator/main")], {
    SIMULATOR_CLIENT_ID: clientId,
    SIMULATOR_CLIENT_SECRET: clientSecret,
    SIMULATOR_CONTROL_TOKEN: controlToken,
    SIMULATOR_COMPANIES: JSON.stringify(companies),
    ...(hasLimits ? {} : { SIMULATOR_LIMITS: "off" }),
    SIMULATOR_EXIT_WITH_PARENT: "1",
  });
  const line = await until(() => {
    if (program.hasEnded) throw new Error(`The simulator did not start: ${program.output}`);
    return /^.*\n/.exec(program.output)?.[0];
  }, startTimeoutMs);
  const ready = readyLine.parse(JSON.parse(line));
  const ask = async (path: string, method = "GET", body?: unknown): Promise<Response> => {
    const response = await fetch(`${ready.url}/control/${path}`, {
      method,
      headers: { authorization: `Bearer ${controlToken}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (response.ok) return response;
    throw new Error(`The simulator's control API answered ${response.status} to ${path}: ${await response.text()}`);
  };
  const firstRealmId = companies[0]?.realmId ?? "";
  return {
    ...ready,
    clientId,
    clientSecret,
    async *records(entity, realmId = firstRealmId) {
      const { body } = await ask(`companies/${realmId}/records?entity=${entity}`);
      yield* createInterface({ input: Readable.fromWeb(body as ReadableStream) });
    },
    async requests() {
      const answer: unknown = await (await ask("requests")).json();
      return z.object({ requests: z.array(logEntry) }).parse(answer).requests;
    },
    control: async (method, path, body) => (await ask(path, method, body)).json(),
    stop: () => program.stop(),
  };
}

const secret = (): string => randomBytes(24).toString("base64url");
