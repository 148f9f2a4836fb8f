import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { DemoSecrets } from "./state.js";

/** The simulator as a child of the demo. It ends with the gateway, however the gateway ends. */
export interface SimulatorProcess {
  readonly url: string;
  readonly discoveryUrl: string;
  readonly apiBaseUrl: string;
  /** Asks its control API, by a path with query under `/control`. */
  control(method: string, path: string, body?: string): Promise<Response>;
  /** From now on it tells that address of every change, signed with the token. */
  notify(url: string, verifierToken: string): Promise<void>;
  stop(): Promise<void>;
}

const readyTimeoutMs = 15_000;
const readyLine = z.object({ ready: z.literal(true), url: z.url(), discoveryUrl: z.url(), apiBaseUrl: z.url() });

export async function startSimulatorProcess(secrets: DemoSecrets, statePath: string): Promise<SimulatorProcess> {
  // From sources (tsx) the program is a .ts file and needs the loader that this process was started with.
  const isBuilt = import.meta.url.endsWith(".js");
  const program = fileURLToPath(new URL(`../../simulator/main.${isBuilt ? "js" : "ts"}`, import.meta.url));
  const child = spawn(process.execPath, [...(isBuilt ? [] : process.execArgv), program], {
    stdio: ["pipe", "pipe", "inherit"],
    // Its own group: Ctrl-C reaches the gateway alone, which then stops both in order.
    detached: true,
    env: {
      PATH: process.env["PATH"],
      SIMULATOR_CLIENT_ID: secrets.clientId,
      SIMULATOR_CLIENT_SECRET: secrets.clientSecret,
      SIMULATOR_CONTROL_TOKEN: secrets.controlToken,
      SIMULATOR_STATE: statePath,
      SIMULATOR_EXIT_WITH_PARENT: "1",
    },
  });
  const places = readyLine.parse(JSON.parse(await firstLine(child)));
  const control: SimulatorProcess["control"] = (method, path, body) =>
    fetch(`${places.url}/control${path}`, {
      method,
      headers: { authorization: `Bearer ${secrets.controlToken}` },
      ...(body !== undefined && { body }),
    });
  return {
    ...places,
    control,
    async notify(url, verifierToken) {
      const { ok, status } = await control("PATCH", "/webhooks", JSON.stringify({ url, verifierToken }));
      if (!ok)
        throw new Error(`The simulator cannot be told where to send notifications: it answered ${String(status)}.`);
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.stdin.end();
      await ended;
    },
  };
}

/** The line by which the child says that it listens. */
async function firstLine(
  child: ChildProcess & { readonly stdout: NonNullable<ChildProcess["stdout"]> },
): Promise<string> {
  const failed = new AbortController();
  child.once("exit", (code) => {
    failed.abort(new Error(`The simulator ended at its start with code ${String(code)}; its message stands above.`));
  });
  const signal = AbortSignal.any([failed.signal, AbortSignal.timeout(readyTimeoutMs)]);
  const lines = createInterface({ input: child.stdout });
  try {
    const [line] = z.tuple([z.string()]).parse(await once(lines, "line", { signal }));
    return line;
  } catch (cause) {
    throw signal.aborted ? signal.reason : cause;
  } finally {
    lines.close();
    child.stdout.resume();
  }
}
