import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { filesUnder, newest } from "./files.js";

const project = fileURLToPath(new URL("..", import.meta.url));

/** Makes the Prisma client, unless it is newer than every file it is made from. */
export function generate() {
  const sources = [
    ...filesUnder(join(project, "prisma"), ".prisma"),
    join(project, "package-lock.json"),
    fileURLToPath(import.meta.url),
  ];
  const output = join(project, "src/generated/prisma/client.ts");
  if (newest([output]) >= newest(sources)) return;
  // Generating needs no schema engine, yet the command downloads one first; naming any executable prevents that.
  const quiet = {
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    PRISMA_HIDE_UPDATE_MESSAGE: "1",
    CHECKPOINT_DISABLE: "1",
  };
  const prisma = createRequire(import.meta.url).resolve("prisma/build/index.js");
  const options = {
    cwd: project,
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
    env: { ...quiet, ...process.env },
  };
  const { status, stdout, stderr } = spawnSync(process.execPath, [prisma, "generate", "--no-hints"], options);
  if (status === 0) return;
  console.error(
    `The Prisma client could not be made from prisma/. Mend what follows, then run npm run generate.\n${stdout}${stderr}`,
  );
  process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) generate();
