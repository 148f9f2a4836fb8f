import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { generate } from "./generate.js";

const project = fileURLToPath(new URL("..", import.meta.url));
const program = (path) => join(project, "node_modules", path);
const tsx = ["--import", "tsx"];

/** Everything that must hold besides the tests. The longest first: the others fill what it leaves. */
const steps = [
  ["lint", [program("eslint/bin/eslint.js"), "."], "npm run lint -- --fix mends some of it."],
  ["types", [program("typescript/bin/tsc")], "Mend the types."],
  ["format", [program("prettier/bin/prettier.cjs"), "--check", "."], "Run npm run format."],
  ["migrations match the models", [...tsx, "scripts/migrate.ts", "check"], "Run npm run migrate -- create NAME."],
  ["schema.graphql is what the code says", [...tsx, "scripts/schema.ts", "--check"], "Run npm run schema."],
  [
    "examples fit the schema",
    [program("@graphql-codegen/cli/cjs/bin.js"), "--config", "codegen.yml"],
    "Mend examples/.",
  ],
];

/** Resolves to what went wrong, or to undefined. */
function run([name, args, remedy]) {
  const started = Date.now();
  const child = spawn(process.execPath, args, { cwd: project, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      const seconds = ((Date.now() - started) / 1_000).toFixed(1);
      console.log(`${code === 0 ? "ok    " : "FAILED"} ${name} (${seconds} s)`);
      resolve(code === 0 ? undefined : `${name}: ${remedy}\n${output.trim()}`);
    });
  });
}

generate();
const waiting = [...steps];
const failures = [];
const lane = async () => {
  for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) failures.push(await run(step));
};
await Promise.all(Array.from({ length: Math.min(availableParallelism(), 4) }, lane));
const found = failures.filter((failure) => failure !== undefined);
if (found.length > 0) {
  console.error(`\n${found.join("\n\n")}`);
  process.exitCode = 1;
}
