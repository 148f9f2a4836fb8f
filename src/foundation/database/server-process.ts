import { spawn, type ChildProcess } from "node:child_process";
import { createServer, Socket } from "node:net";
import type { Cluster } from "./cluster.js";
import { EmbeddedDatabaseError } from "./embedded-error.js";
import type { ServerUser } from "./server-user.js";

/** A running PostgreSQL server, listening on the loopback address alone. It ends with this process, however that ends. */
export interface ServerProcess {
  readonly port: number;
  stop(): Promise<void>;
}

interface ServerOptions {
  readonly user: ServerUser;
  readonly isDurable: boolean;
}

const readyTimeoutMs = 30_000;
const portAttempts = 5;

const settings: Readonly<Record<string, string>> = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  timezone: "UTC",
  log_timezone: "UTC",
  max_connections: "200",
  shared_buffers: "128MB",
  max_wal_size: "2GB",
  // Our statements are many and short: compiling them costs more than it saves.
  jit: "off",
};

/** Starts the server on a free port; another program may take that port first, so several are tried. */
export async function startServer(
  postgres: string,
  { data }: Cluster,
  { user, isDurable }: ServerOptions,
): Promise<ServerProcess> {
  const all = { ...settings, fsync: isDurable ? "on" : "off" };
  const flags = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const child = launch(postgres, ["-D", data, "-p", String(port), ...flags], user);
    const failure = await readiness(child);
    if (failure === undefined) return { port, stop: () => stop(child) };
    await stop(child);
    if (attempt < portAttempts && /could not bind|could not create any TCP/.test(failure)) continue;
    throw new EmbeddedDatabaseError(`PostgreSQL did not start on ${data}: ${failure}. Mend that, or set DATABASE_URL.`);
  }
}

/**
 * The shell waits on our pipe: when we end, even by SIGKILL, it tells the server to shut down cleanly. On descriptor 3, because a
 * shell gives its background jobs an empty stdin; repeated, because a server that is still starting ignores the signal.
 */
const untilParentEnds = `exec 3<&0
"$@" 3<&- & server=$!
{ read -r _ <&3; while kill -INT $server 2>/dev/null; do sleep 0.2; done; } & watcher=$!
wait $server; status=$?
kill $watcher 2>/dev/null
exit $status`;

function launch(postgres: string, flags: readonly string[], user: ServerUser): ChildProcess {
  if (process.platform === "win32") return spawn(postgres, flags, { stdio: ["ignore", "ignore", "pipe"] });
  // Detached, so that Ctrl-C in a terminal does not reach the server before the gateway has stopped.
  return spawn("/bin/sh", ["-c", untilParentEnds, "sh", postgres, ...flags], {
    ...user,
    cwd: "/",
    stdio: ["pipe", "ignore", "pipe"],
    detached: true,
  });
}

/** Resolves when the server takes connections, or with the reason why it does not. */
function readiness(child: ChildProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    let output = "";
    const settle = (failure?: string): void => {
      clearTimeout(timer);
      child.removeAllListeners();
      letRun(child);
      const lastLines = output.trim().split("\n").slice(-5).join(" | ");
      resolve(failure === undefined ? undefined : `${failure}: ${lastLines}`);
    };
    const timer = setTimeout(() => {
      settle(`not ready after ${String(readyTimeoutMs)} ms`);
    }, readyTimeoutMs);
    child.once("error", (error) => {
      settle(error.message);
    });
    child.once("exit", (code, signal) => {
      settle(`it ended with ${String(code ?? signal)}`);
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-8_000);
      if (output.includes("ready to accept connections")) settle();
    });
  });
}

/** The server's log is drained unread, and neither it nor the child keeps our process alive. */
function letRun(child: ChildProcess): void {
  child.stderr?.removeAllListeners("data").resume();
  for (const stream of [child.stderr, child.stdin]) if (stream instanceof Socket) stream.unref();
  child.unref();
}

function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.ref();
    child.once("exit", () => {
      resolve();
    });
    if (process.platform === "win32") child.kill();
    else child.stdin?.end();
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => {
        if (address !== null && typeof address === "object") resolve(address.port);
        else reject(new EmbeddedDatabaseError("The system gave no free port on 127.0.0.1. Set DATABASE_URL."));
      });
    });
  });
}
