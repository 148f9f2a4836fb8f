import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { build } from "esbuild";
import { z } from "zod";
import { projectPath } from "../../src/foundation/project.js";

/** The project's programs, compiled as `npm start` compiles them, in a folder of their own that nobody else rebuilds. */
export interface Programs {
  readonly folder: string;
  /** The flags of Node that `npm start` gives the gateway. */
  readonly flags: readonly string[];
  remove(): void;
}

export async function buildPrograms(): Promise<Programs> {
  // Inside the project, where packages are found.
  mkdirSync(projectPath(".data"), { recursive: true });
  const folder = mkdtempSync(projectPath(".data", "test-programs-"));
  await build({
    entryPoints: [projectPath("src/**/*.ts"), projectPath("simulator/**/*.ts")],
    outdir: folder,
    outbase: projectPath(),
    format: "esm",
    platform: "node",
    target: "node20",
    sourcemap: true,
  });
  const { scripts } = z
    .object({ scripts: z.object({ start: z.string() }) })
    .parse(JSON.parse(readFileSync(projectPath("package.json"), "utf8")));
  return {
    folder,
    flags: scripts.start.split(" ").filter((word) => word.startsWith("--")),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A running program. */
export class Program {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #output = "";

  /** `args` begin with the script. The environment is what is given and PATH, nothing else of this process'. */
  constructor(args: readonly string[], env: Readonly<Record<string, string>>) {
    const { PATH = "" } = process.env;
    this.#child = spawn(process.execPath, args, { env: { PATH, ...env }, stdio: ["pipe", "pipe", "pipe"] });
    this.#exited = once(this.#child, "exit");
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on("data", (chunk: Buffer) => (this.#output += chunk.toString()));
    }
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error("The program could not be started.");
    return this.#child.pid;
  }

  /** All it has written so far. */
  get output(): string {
    return this.#output;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** SIGKILL: it can do nothing about it any more. */
  kill(): Promise<void> {
    return this.#end("SIGKILL");
  }

  /** SIGSTOP: it stands still, wherever it is, and its connections stay open. */
  pause(): void {
    this.#child.kill("SIGSTOP");
  }

  /** SIGCONT: it goes on where it stood. */
  resume(): void {
    this.#child.kill("SIGCONT");
  }

  /** SIGTERM: it ends in order, even where it was paused. */
  stop(): Promise<void> {
    this.resume();
    return this.#end("SIGTERM");
  }

  /** Waits for its own end; throws where that was a failure. */
  async ended(): Promise<string> {
    await this.#exited;
    if (this.#child.exitCode !== 0) throw new Error(`The program failed: ${this.#output}`);
    return this.#output;
  }

  async #end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    if (!this.hasEnded) this.#child.kill(signal);
    await this.#exited;
  }
}

/** A port that nobody has now. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = z.object({ port: z.number() }).parse(probe.address());
  await new Promise((resolve) => probe.close(resolve));
  return address.port;
}

export const programFile = ({ folder }: Programs, name: string): string => join(folder, `${name}.js`);
