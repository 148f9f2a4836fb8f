import { startSimulator } from "./index.js";
import type { Simulator } from "./index.js";
import { readSettings } from "./settings.js";

function messageOf(error: unknown): string {
  if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") {
    return "SIMULATOR_PORT is in use: end the program that listens there, or set another port.";
  }
  return error instanceof Error ? error.message : String(error);
}

function endOn(simulator: Simulator, exitWithParent: boolean): void {
  const end = (): void => {
    void simulator.stop().then(() => process.exit(0));
  };
  process.once("SIGTERM", end);
  process.once("SIGINT", end);
  if (exitWithParent) process.stdin.once("close", end).resume();
}

try {
  const { options, exitWithParent } = readSettings(process.env);
  const simulator = await startSimulator(options);
  endOn(simulator, exitWithParent);
  const { url, discoveryUrl, apiBaseUrl } = simulator;
  process.stdout.write(`${JSON.stringify({ ready: true, url, discoveryUrl, apiBaseUrl })}\n`);
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
