import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { projectPath } from "../../../src/foundation/project.js";

const run = promisify(execFile);
const program = projectPath("node_modules/relay-compiler/cli.js");
const args = [program, "--noWatchman", "--output", "quiet-with-errors", "relay.config.json"];
const config = {
  src: "src",
  schema: "schema.graphql",
  language: "typescript",
  noSourceControl: true,
  persistConfig: { file: "operations.json" },
};

/**
 * Has relay-compiler compile documents by the names of their modules, in a temporary folder. Resolves to the texts of the operations
 * that it would have a client send; fails with what the compiler says.
 */
export async function compile(schema: string, documents: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), "relay-"));
  const write = (file: string, text: string): void => writeFileSync(join(folder, file), text);
  try {
    mkdirSync(join(folder, "src"));
    write("schema.graphql", schema);
    write("relay.config.json", JSON.stringify(config));
    write("operations.json", "{}");
    for (const [name, text] of Object.entries(documents)) write(`src/${name}.ts`, `graphql\`${text}\`;\n`);
    // Without an environment it finds no git and no watchman, and is the same everywhere.
    await run(process.execPath, args, { cwd: folder, env: {} });
    const made: unknown = JSON.parse(readFileSync(join(folder, "operations.json"), "utf8"));
    return Object.values(z.record(z.string(), z.string()).parse(made));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
