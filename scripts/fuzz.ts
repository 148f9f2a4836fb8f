import { spawn } from "node:child_process";
import { parseArgs } from "node:util";
import { projectPath } from "../src/foundation/project.js";

const usage = "npm run fuzz -- [--requests N] [--seed S]";

const { values } = parseArgs({
  options: { requests: { type: "string" }, seed: { type: "string" }, help: { type: "boolean" } },
});

function whole(name: "requests" | "seed", standard: number): string {
  const value = Number(values[name] ?? standard);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name} must be a whole number from 1: ${usage}`);
  return String(value);
}

/** The test of the suite, with more requests: it needs what the test runner sets up. */
async function main(): Promise<void> {
  const env = { ...process.env, FUZZ_REQUESTS: whole("requests", 10_000), FUZZ_SEED: whole("seed", 1) };
  const flags = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning"];
  const jest = [...flags, "node_modules/jest/bin/jest.js", "--runInBand", "test/fuzz"];
  const child = spawn(process.execPath, jest, { cwd: projectPath(), env, stdio: "inherit" });
  const code = await new Promise<number | null>((resolve) => child.once("exit", resolve));
  process.exitCode = code === 0 ? 0 : 1;
}

if (values.help === true) console.log(usage);
else await main();
