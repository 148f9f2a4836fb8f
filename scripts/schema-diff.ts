import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { projectPath } from "../src/foundation/project.js";
import { changesText, schemaChanges } from "./schema-diff/changes.js";

const usage = `npm run schema:diff -- REF

Lists what has changed in schema.graphql since a commit, a tag or a branch. Exit code 1 where a change breaks operations, 2 where nothing could be compared.`;

/** schema.graphql as it was at `ref`, or why it cannot be had. */
function schemaAt(ref: string): { readonly text: string } | { readonly reason: string } {
  const { error, status, stdout, stderr } = spawnSync("git", ["show", "--end-of-options", `${ref}:./schema.graphql`], {
    cwd: projectPath(),
    encoding: "utf8",
    maxBuffer: Infinity,
  });
  if (error !== undefined) return { reason: error.message };
  return status === 0 ? { text: stdout } : { reason: stderr.trim() };
}

async function main([ref, ...rest]: readonly string[]): Promise<number> {
  if (ref === undefined || ref === "" || rest.length > 0) {
    console.error(usage);
    return 2;
  }
  const before = schemaAt(ref);
  if ("reason" in before) {
    console.error(before.reason);
    return 2;
  }
  const changes = await schemaChanges(before.text, readFileSync(projectPath("schema.graphql"), "utf8"));
  console.log(changesText(changes));
  return changes.breaking.length === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
