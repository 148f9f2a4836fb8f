import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createLog, logLevels } from "../src/foundation/log.js";

const usage = `npm run try:payloads -- FOLDER

Serves the recorded QuickBooks answers (.json) under FOLDER as QuickBooks would, mirrors them with a gateway of its own, and
compares every figure. The database is temporary: an embedded one, or one of its own on the server that DATABASE_URL names.`;

/** Prints the report. Resolves to the exit code: 0 only if all is well. */
async function run(folder: string, env: NodeJS.ProcessEnv): Promise<number> {
  // A fresh checkout has no Prisma client yet, and whatever uses it can be loaded only once it is made.
  execFileSync(process.execPath, [fileURLToPath(new URL("generate.js", import.meta.url))], { stdio: "inherit" });
  const { tryPayloads } = await import("./try-payloads/try.js");
  const { isAllWell, reportText } = await import("./try-payloads/report.js");
  const level = logLevels.find((each) => each === env["LOG_LEVEL"]) ?? "silent";
  const report = await tryPayloads(folder, {
    databaseUrl: env["DATABASE_URL"] || undefined,
    log: createLog({ level, destination: process.stderr }),
    signal: stopSignal(),
  });
  process.stdout.write(reportText(report));
  return isAllWell(report) ? 0 : 1;
}

/** Ctrl-C leaves nothing behind; pressed a second time it ends the process at once. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.once(name, () => {
      stop.abort(new Error("Stopped before the end; nothing was concluded."));
    });
  }
  return stop.signal;
}

async function main([folder, ...rest]: readonly string[]): Promise<number> {
  if (folder === undefined || rest.length > 0) {
    console.error(usage);
    return 2;
  }
  try {
    // npm runs this in the project's folder; a relative path means the one where the command was typed.
    return await run(resolve(process.env["INIT_CWD"] ?? "", folder), process.env);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }
}

const code = await main(process.argv.slice(2));
// Agenda leaves a timer behind after every job.
process.stdout.write("", () => process.exit(code));
