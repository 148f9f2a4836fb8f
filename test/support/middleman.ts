import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { z } from "zod";
import type { SimulatorProgram } from "./simulator.js";

/** A request on its way to QuickBooks. */
export interface Passing {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Fault {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Stands between the gateway and its QuickBooks: knows every secret that passes, and answers in the place of QuickBooks where a test wants it. */
export interface Middleman {
  /** What the gateway takes for QuickBooks. */
  readonly simulator: SimulatorProgram;
  /** Tokens, codes and credentials, of either direction. */
  readonly secrets: ReadonlySet<string>;
  /** Answers the next requests; undefined lets one pass. */
  answer: (request: Passing) => Fault | undefined;
  stop(): Promise<void>;
}

const tokens = z.object({ access_token: z.string(), refresh_token: z.string() });
const hopByHop = new Set(["connection", "content-length", "host", "transfer-encoding", "keep-alive"]);

export async function startMiddleman(simulator: SimulatorProgram): Promise<Middleman> {
  const secrets = new Set<string>();
  const server = createServer((request, response) => {
    pass(request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = z.object({ port: z.number() }).parse(server.address());
  const url = `http://127.0.0.1:${port}`;
  const here = (address: string): string => address.replace(simulator.url, url);

  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = "GET", url: path = "/" } = request;
    const headers = Object.fromEntries(
      Object.entries(request.headers).flatMap(([name, value]) =>
        hopByHop.has(name) || value === undefined ? [] : [[name, String(value)]],
      ),
    );
    const passing = { method, path, headers, body: await text(request) };
    keepSecretsOf(passing, secrets);
    const fault = middleman.answer(passing);
    if (fault !== undefined) {
      response.writeHead(fault.status, fault.headers).end(fault.body);
      return;
    }
    const answered = await fetch(`${simulator.url}${path}`, {
      method,
      headers,
      redirect: "manual",
      ...(method === "GET" ? {} : { body: passing.body }),
    });
    const body = await answered.text();
    if (path.includes("/tokens/"))
      for (const token of Object.values(tokens.safeParse(json(body)).data ?? {})) secrets.add(token);
    const told = [...answered.headers].filter(([name]) => !hopByHop.has(name) && name !== "content-encoding");
    response.writeHead(answered.status, Object.fromEntries(told)).end(body.replaceAll(simulator.url, url));
  };

  const middleman: Middleman = {
    simulator: {
      ...simulator,
      url,
      discoveryUrl: here(simulator.discoveryUrl),
      apiBaseUrl: here(simulator.apiBaseUrl),
    },
    secrets,
    answer: () => undefined,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return middleman;
}

function keepSecretsOf({ headers, body }: Passing, secrets: Set<string>): void {
  const [, credentials] = (headers["authorization"] ?? "").split(" ");
  if (credentials !== undefined) secrets.add(credentials);
  const form = new URLSearchParams(body);
  for (const name of ["code", "refresh_token", "token"]) {
    const value = form.get(name);
    if (value !== null) secrets.add(value);
  }
}

function json(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
