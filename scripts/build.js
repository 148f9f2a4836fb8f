import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { filesUnder, newest } from "./files.js";
import { generate } from "./generate.js";

const project = fileURLToPath(new URL("..", import.meta.url));
const output = join(project, "dist");
const stamp = join(output, ".built");

generate();
const roots = ["src", "simulator"].map((name) => join(project, name));
const sources = roots.flatMap((root) => filesUnder(root, ".ts")).filter((file) => !file.endsWith(".d.ts"));
const others = ["package-lock.json", "scripts/build.js"].map((name) => join(project, name));
const list = sources.join("\n");

if (!isUpToDate()) {
  // Loading the compiler takes longer than seeing that there is nothing to compile.
  const { build } = await import("esbuild");
  rmSync(output, { recursive: true, force: true });
  const started = Date.now();
  await build({
    entryPoints: sources,
    outdir: output,
    outbase: project,
    format: "esm",
    platform: "node",
    target: "node20",
    sourcemap: true,
  });
  for (const root of roots) copyData(root);
  writeFileSync(stamp, `${started}\n${list}`);
}

/** The stamp holds when the build began, and its sources: one that was deleted must not live on in the output. */
function isUpToDate() {
  if (!existsSync(stamp)) return false;
  const [started, ...built] = readFileSync(stamp, "utf8").split("\n");
  return built.join("\n") === list && newest([...sources, ...others]) < Number(started);
}

/** Programs read the JSON files beside them. */
function copyData(root) {
  for (const file of filesUnder(root, ".json")) cpSync(file, join(output, file.slice(project.length)));
}
