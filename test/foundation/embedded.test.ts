import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterEach, expect, test } from "@jest/globals";
import { Client } from "pg";
import {
  runningEmbeddedDatabase,
  startEmbeddedDatabase,
  type EmbeddedDatabase,
} from "../../src/foundation/database/embedded.js";
import { EmbeddedDatabaseError } from "../../src/foundation/database/embedded-error.js";

const project = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const isRoot = process.getuid?.() === 0;
const folders: string[] = [];
const servers: EmbeddedDatabase[] = [];

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "gateway-embedded-"));
  folders.push(folder);
  return folder;
}

async function start(folder: string): Promise<EmbeddedDatabase> {
  const server = await startEmbeddedDatabase(folder, { isDurable: false });
  servers.push(server);
  return server;
}

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function ask(url: string, sql: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query({ text: sql, rowMode: "array" });
    return rows[0]?.[0];
  } finally {
    await client.end();
  }
}

test("what was written is there after a stop and another start", async () => {
  const folder = join(newFolder(), "deep", "er");
  const first = await start(folder);
  await ask(first.url, "CREATE TABLE notes AS SELECT 'kept' AS text");
  await first.stop();
  const second = await start(folder);
  expect(await ask(second.url, "SELECT text FROM notes")).toBe("kept");
});

test("names fold their case by Unicode and sort by their bytes, on every machine", async () => {
  const { url } = await start(newFolder());
  expect(await ask(url, "SELECT 'ÉCOLE' ILIKE 'école'")).toBe(true);
  expect(await ask(url, "SELECT 'Z' < 'a'")).toBe(true);
});

test("only the loopback address is served, and only with the password", async () => {
  const { url } = await start(newFolder());
  expect(await ask(url, "SHOW listen_addresses")).toBe("127.0.0.1");
  const wrong = new URL(url);
  wrong.password = "guess";
  await expect(ask(wrong.href, "SELECT 1")).rejects.toThrow("password authentication failed");
});

test("a running server's address is found by its owner alone, and is gone after the stop", async () => {
  const folder = newFolder();
  expect(await runningEmbeddedDatabase(folder)).toBeUndefined();
  const server = await start(folder);
  expect(await runningEmbeddedDatabase(folder)).toBe(server.url);
  expect(statSync(join(folder, "url")).mode & 0o777).toBe(0o600);
  await server.stop();
  expect(await runningEmbeddedDatabase(folder)).toBeUndefined();
});

test("an address left behind by a killed gateway is not believed", async () => {
  const folder = newFolder();
  writeFileSync(join(folder, "url"), "postgresql://gateway:x@127.0.0.1:1/postgres\n");
  expect(await runningEmbeddedDatabase(folder)).toBeUndefined();
});

test("a second start on the same data names the process and the remedy", async () => {
  const folder = newFolder();
  await start(folder);
  await expect(startEmbeddedDatabase(folder)).rejects.toThrow(
    /in use by another running gateway \(PostgreSQL process \d+\)\. Stop that one first/,
  );
});

test("two first starts at once make one cluster", async () => {
  const folder = newFolder();
  const results = await Promise.allSettled([start(folder), start(folder)]);
  expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  expect(readdirSync(folder).filter((name) => name.startsWith("cluster"))).toEqual(["cluster"]);
});

test("a lock whose process number now belongs to another program is no obstacle", async () => {
  const folder = newFolder();
  await (await start(folder)).stop();
  writeFileSync(join(folder, "cluster", "data", "postmaster.pid"), `${String(process.pid)}\n/elsewhere\n`);
  await start(folder);
});

test("data of another version is refused with the remedy", async () => {
  const folder = newFolder();
  await (await start(folder)).stop();
  writeFileSync(join(folder, "cluster", "data", "PG_VERSION"), "11\n");
  await expect(startEmbeddedDatabase(folder)).rejects.toThrow(
    /was made by PostgreSQL 11, and this is PostgreSQL \d+\. Move the folder away/,
  );
});

test("a folder that cannot be made is named with the remedy", async () => {
  const file = join(newFolder(), "file");
  writeFileSync(file, "");
  const refused = startEmbeddedDatabase(join(file, "postgres"));
  await expect(refused).rejects.toBeInstanceOf(EmbeddedDatabaseError);
  await expect(refused).rejects.toThrow(/cannot be written \(ENOTDIR\)\. Let this user write to it, or set DATA_DIR/);
});

(isRoot ? test : test.skip)("as root, data under a private home are kept where the server's user may go", async () => {
  const home = join(newFolder(), "home");
  mkdirSync(home);
  chmodSync(home, 0o700);
  const folder = join(home, "project", ".data", "postgres");
  const server = await start(folder);
  expect(await ask(server.url, "SELECT 1")).toBe(1);
  const place = String(await ask(server.url, "SHOW data_directory"));
  folders.push(dirname(dirname(place)));
  expect(place).toMatch(/^\/var\/lib\/quickbooks-graphql-gateway\//);
  expect(existsSync(join(folder, "url"))).toBe(true);
});

test("the server ends with its owner, even by kill -9, and the next start serves what was committed", async () => {
  const folder = newFolder();
  const script = `
    import { startEmbeddedDatabase } from ${JSON.stringify(pathToFileURL(join(project, "src/foundation/database/embedded.ts")).href)};
    const { url } = await startEmbeddedDatabase(${JSON.stringify(folder)});
    console.log(url);
    setInterval(() => {}, 1_000);`;
  const owner = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], {
    cwd: project,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [chunk] = (await once(owner.stdout, "data")) as [Buffer];
  const url = chunk.toString().trim();
  await ask(url, "CREATE TABLE notes AS SELECT 'committed' AS text");
  owner.kill("SIGKILL");
  await once(owner, "exit");
  const lock = join(folder, "cluster", "data", "postmaster.pid");
  while (existsSync(lock)) await new Promise((resolve) => setTimeout(resolve, 20));
  const next = await start(folder);
  expect(await ask(next.url, "SELECT text FROM notes")).toBe("committed");
  expect(readFileSync(join(folder, "url"), "utf8").trim()).toBe(next.url);
});
