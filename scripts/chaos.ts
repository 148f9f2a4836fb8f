import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { projectPath } from "../src/foundation/project.js";
import { startDatabaseServer } from "../test/support/database-server.js";
import { play, type Outcome } from "../test/chaos/chaos.js";

const usage = "npm run chaos -- [--seeds N] [--from S] [--lanes L]";
/** Violations that are printed of one seed; its file has all. */
const mostShown = 10;
const regressions = projectPath("test", "chaos", "regressions");

/** undefined: only help. */
function wanted(): { readonly seeds: number; readonly from: number; readonly lanes: number } | undefined {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string" },
      from: { type: "string" },
      lanes: { type: "string" },
      help: { type: "boolean" },
    },
  });
  if (values.help === true) return undefined;
  const whole = (name: "seeds" | "from" | "lanes", standard: number): number => {
    const value = Number(values[name] ?? standard);
    if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name} must be a whole number from 1: ${usage}`);
    return value;
  };
  return { seeds: whole("seeds", 20), from: whole("from", 1), lanes: whole("lanes", 2) };
}

/** What was seen of a failed seed, to be kept as a regression. */
function keep({ seed, violations, history }: Outcome): void {
  mkdirSync(regressions, { recursive: true });
  const lines = [{ seed, violations }, ...history].map((line) => JSON.stringify(line));
  writeFileSync(join(regressions, `${seed}.json`), `${lines.join("\n")}\n`);
}

async function main(): Promise<void> {
  const asked = wanted();
  if (asked === undefined) {
    console.log(usage);
    return;
  }
  const { seeds, from, lanes } = asked;
  const server = await startDatabaseServer();
  process.env["TEST_DATABASE_SERVER"] = server.url;
  const began = performance.now();
  const waiting = Array.from({ length: seeds }, (_, index) => from + index);
  let failed = 0;
  const lane = async (): Promise<void> => {
    for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
      const started = performance.now();
      const outcome = await play(seed).catch((error: unknown) => ({ seed, violations: [String(error)], history: [] }));
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      if (outcome.violations.length === 0) {
        console.log(`seed ${seed}: ok (${outcome.history.length} events, ${seconds} s)`);
        continue;
      }
      failed += 1;
      keep(outcome);
      console.log(`seed ${seed}: VIOLATED (${seconds} s)`);
      for (const violation of [...new Set(outcome.violations)].slice(0, mostShown)) console.log(`  ${violation}`);
    }
  };
  try {
    await Promise.all(Array.from({ length: lanes }, lane));
  } finally {
    await server.stop();
  }
  const minutes = ((performance.now() - began) / 60_000).toFixed(1);
  console.log(`${seeds} seeds in ${minutes} minutes: ${failed === 0 ? "no violation" : `${failed} violated`}.`);
  process.exitCode = failed === 0 ? 0 : 1;
}

await main();
