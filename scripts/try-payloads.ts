import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createLog, logLevels } from "../src/foundation/log.js";

const usage = `npm run try:payloads -- FOLDER

Serves the recorded QuickBooks answers (.json) under FOLDER as QuickBooks would, mirrors them with a gateway of its own, and compares
every figure. The database is temporary: an embedded one, or one of its own on the server that DATABASE_URL names.`;

async function run(
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly text: string; readonly isWell: boolean }> {
  // A fresh checkout has no Prisma client yet, and whatever uses it can be loaded only once it is made.
  execFileSync(process.execPath, [fileURLToPath(new URL("generate.js", import.meta.url))], { stdio: "inherit" });
  const { tryPayloads } = await import("./try-payloads/try.js");
  const { isAllWell, reportText } = await import("./try-payloads/report.js");
  const level = logLevels.find((each) => each === env["LOG_LEVEL"]) ?? "silent";
  const report = await tryPayloads(folder, {
    databaseUrl: env["DATABASE_URL"] || undefined,
    log: createLog({ level, destination: process.stderr }),
  });
  return { text: reportText(report), isWell: isAllWell(report) };
}

const [folder, ...rest] = process.argv.slice(2);
if (folder === undefined || rest.length > 0) {
  console.error(usage);
  process.exitCode = 2;
} else {
  try {
    // npm runs this in the project's folder; a relative path means the one where the command was typed.
    const { text, isWell } = await run(resolve(process.env["INIT_CWD"] ?? "", folder), process.env);
    // Agenda leaves a timer behind after every job.
    process.stdout.write(text, () => process.exit(isWell ? 0 : 1));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
