import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

const project = fileURLToPath(new URL("../..", import.meta.url));

export interface Tried {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command as `npm run try:payloads -- FOLDER` does, its database on the tests' server. */
export function tryPayloads(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Tried> {
  const { PATH, TEST_DATABASE_SERVER: DATABASE_URL } = process.env;
  const command = ["--import", "tsx", "scripts/try-payloads.ts", ...args];
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      command,
      { cwd: project, env: { PATH, DATABASE_URL, ...env } },
      (_error, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

/** The figures of one entity's row in the report's table, by their titles. */
export function rowOf(entity: string, { stdout }: Tried): Readonly<Record<string, string>> {
  const lines = stdout.split("\n").map((line) => line.trim().split(/ {2,}/));
  const titles = lines.find(([first]) => first === "Entity") ?? [];
  const cells = lines.find(([first]) => first === entity) ?? [];
  return Object.fromEntries(titles.map((title, index) => [title, cells[index] ?? ""]));
}
