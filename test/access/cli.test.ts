import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createAuthenticator } from "../../src/access/authentication.js";
import { systemClock } from "../../src/foundation/clock.js";
import { openDatabase, type Database } from "../../src/foundation/database/database.js";
import { startEmbeddedDatabase } from "../../src/foundation/database/embedded.js";
import { randomToken } from "../../src/foundation/ids.js";
import { createLog } from "../../src/foundation/log.js";
import { freshDatabase, type FreshDatabase } from "../support/database.js";

const project = fileURLToPath(new URL("../..", import.meta.url));
const secret = randomToken(48);

let fresh: FreshDatabase;
let database: Database;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = openDatabase(fresh.url, { log: createLog({ level: "silent" }) });
});

afterAll(async () => {
  await database.close();
  await fresh.drop();
});

interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function operate(
  args: readonly string[],
  env: NodeJS.ProcessEnv = { DATABASE_URL: fresh.url, AUTH_SECRET: secret },
): Promise<Answer> {
  const command = ["--import", "tsx", "src/cli.ts", ...args];
  const { PATH } = process.env;
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      command,
      { cwd: project, env: { PATH, ...env } },
      (_error, stdout, stderr) => {
        resolve({ code: child.exitCode ?? -1, stdout, stderr });
      },
    );
  });
}

const lastWord = (text: string): string => text.trim().split(/\s+/).at(-1) ?? "";

test("an organization is made, listed, given members, and its members' tokens are taken by the gateway", async () => {
  const made = await operate(["organization", "create", "--name", "Firm", "--admin", "ada"]);
  expect(made).toMatchObject({ code: 0, stderr: "" });
  const organizationId = /^organization (\S+)$/m.exec(made.stdout)?.[1] ?? "";
  expect((await operate(["organization", "list"])).stdout).toContain(`${organizationId}  `);

  const added = await operate([
    "member",
    "add",
    "--organization",
    organizationId,
    "--subject",
    "olaf",
    "--role",
    "OPERATOR",
  ]);
  const token = await operate(["token", "--member", lastWord(added.stdout), "--minutes", "5"]);
  const authenticator = createAuthenticator({ auth: { secret, autoProvision: "none" }, database, clock: systemClock });
  const { actor, expiresAt } = await authenticator.authenticate(`Bearer ${token.stdout.trim()}`);
  expect(actor).toMatchObject({ organizationId, id: lastWord(added.stdout), role: "OPERATOR" });
  expect((expiresAt?.getTime() ?? Infinity) - Date.now()).toBeLessThanOrEqual(5 * 60_000);
});

/** A new organization and its ADMIN, by their ids. */
async function newOrganization(): Promise<{ readonly organization: string; readonly member: string }> {
  const { stdout } = await operate(["organization", "create", "--name", "Firm", "--admin", "ada"]);
  const [organization = "", member = ""] = [...stdout.matchAll(/^\w+ +(\S+)$/gm)].map(([, id]) => id ?? "");
  return { organization, member };
}

test("a key is made, listed without being shown, taken by the gateway, and refused once it is revoked", async () => {
  const { organization } = await newOrganization();
  const made = await operate([
    "key",
    "create",
    "--organization",
    organization,
    "--name",
    "Nightly",
    "--role",
    "VIEWER",
  ]);
  const key = /^key (\S+)$/m.exec(made.stdout)?.[1] ?? "";
  const id = /^id {2}(\S+)$/m.exec(made.stdout)?.[1] ?? "";
  const authenticator = createAuthenticator({ auth: { secret, autoProvision: "none" }, database, clock: systemClock });
  const ask = () => authenticator.authenticate(`Bearer ${key}`);
  expect(await ask()).toMatchObject({ actor: { kind: "API_KEY", name: "Nightly", role: "VIEWER" } });

  const listed = (await operate(["key", "list", "--organization", organization])).stdout;
  expect(listed).toContain(`${id}  ${key.slice(0, 11)}…  VIEWER  all connections  no end  used `);
  expect(listed).not.toContain(key);

  await operate(["key", "revoke", "--organization", organization, "--key", id]);
  await expect(ask()).rejects.toThrow("Not authenticated");
  const audited = await database.prisma.auditEntry.findMany({ where: { organizationId: organization, subjectId: id } });
  expect(audited.map(({ action, actorName }) => `${actorName ?? ""} ${action}`).sort()).toEqual([
    "operator apiKey.create",
    "operator apiKey.revoke",
  ]);
});

test("members are listed, given another role and removed, and the last ADMIN stays", async () => {
  const { organization, member } = await newOrganization();
  const of = ["--organization", organization];
  const lowered = await operate(["member", "role", ...of, "--member", member, "--role", "VIEWER"]);
  expect(lowered).toMatchObject({ code: 2, stderr: expect.stringContaining("only ADMIN") });
  await operate(["member", "add", ...of, "--subject", "zoe", "--role", "ADMIN"]);
  expect((await operate(["member", "remove", ...of, "--member", member])).stdout).toContain("ada is removed");
  expect((await operate(["member", "list", ...of])).stdout).toMatch(/^\S+ {2}ADMIN {2}zoe {2}-\n$/);
});

test.each([
  ["key", "list"],
  ["member", "list"],
  ["connection", "list"],
])("%s %s of an organization that is none says so", async (...command) => {
  const answer = await operate([...command, "--organization", "7b0ecb4e-2f2c-4f0c-9a3d-111111111111"]);
  expect(answer).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("--organization names none") });
});

test.each([
  [[], "A command is missing"],
  [["constructor"], 'There is no command "constructor"'],
  [["key", "create", "--organization", "7b0ecb4e-2f2c-4f0c-9a3d-111111111111", "--role", "ADMIN"], "--name is missing"],
  [
    [
      "key",
      "create",
      "--organization",
      "7b0ecb4e-2f2c-4f0c-9a3d-111111111111",
      "--name",
      "x",
      "--role",
      "ADMIN",
      "--connections",
      "7",
    ],
    "--connections must be ids of connections",
  ],
  [["organisation", "create"], 'There is no command "organisation create"'],
  [["organization", "create", "--name", "Firm"], "--admin is missing"],
  [["organization", "list", "--name", "Firm"], "--name does not belong to this command"],
  [["organization", "list", "--nme", "Firm"], "--nme"],
  [
    ["member", "add", "--organization", "7", "--subject", "x", "--role", "BOSS"],
    "--role must be one of VIEWER, OPERATOR, ADMIN",
  ],
  [
    ["token", "--member", "7b0ecb4e-2f2c-4f0c-9a3d-111111111111", "--minutes", "0"],
    "--minutes must be a whole number from 1 to 1440",
  ],
])("%j is refused with exit code 2, naming what is wrong", async (args, reason) => {
  const answer = await operate(args);
  expect(answer).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining(reason) });
});

test("a token is refused where the secret is kept elsewhere", async () => {
  const answer = await operate(["token", "--member", "7b0ecb4e-2f2c-4f0c-9a3d-111111111111"], {
    DATABASE_URL: fresh.url,
  });
  expect(answer).toMatchObject({ code: 2, stderr: expect.stringContaining("AUTH_SECRET is not set") });
});

test("without DATABASE_URL it works on the database of a running gateway, and starts that of a stopped one", async () => {
  const folder = mkdtempSync(join(tmpdir(), "gateway-operator-"));
  try {
    const server = await startEmbeddedDatabase(join(folder, "postgres"), { isDurable: false });
    const whileRunning = await operate(["organization", "create", "--name", "Running", "--admin", "ada"], {
      DATA_DIR: folder,
    });
    expect(whileRunning).toMatchObject({ code: 0, stderr: "" });
    await server.stop();
    expect((await operate(["organization", "list"], { DATA_DIR: folder })).stdout).toContain("Running");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
