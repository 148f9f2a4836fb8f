#!/usr/bin/env node
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { roles, type SystemActor } from "./access/actor.js";
import { createOrganizations, type Organizations } from "./access/organizations.js";
import { mintToken } from "./access/tokens.js";
import { systemClock } from "./foundation/clock.js";
import { openDatabase, type Database } from "./foundation/database/database.js";
import { runningEmbeddedDatabase, startEmbeddedDatabase } from "./foundation/database/embedded.js";
import { applyMigrations } from "./foundation/database/migrations.js";
import { randomIds } from "./foundation/ids.js";
import { createLog } from "./foundation/log.js";
import { readAuth } from "./foundation/settings/auth.js";
import { readVariables, type Variables } from "./foundation/settings/variables.js";

const help = `The gateway's command line for operators.

  organization create --name NAME --admin SUBJECT [--admin-name NAME] [--admin-email EMAIL]
      Makes an organization and its first ADMIN. SUBJECT is the "sub" of the tokens that person brings.
  organization list
  member add --organization ID --subject SUBJECT --role VIEWER|OPERATOR|ADMIN [--name NAME] [--email EMAIL]
  token --member ID [--minutes N]
      Prints a token of that member to try things with; 60 minutes by default. Only where AUTH_SECRET is set.

It works on DATABASE_URL, else on the database of the gateway that runs on DATA_DIR (.data), else it starts that database
for as long as it needs it.
`;

/** The command was not understood; the message says how to put it. */
class UsageError extends Error {
  override readonly name = "UsageError";
}

interface Tools {
  readonly database: Database;
  readonly organizations: Organizations;
  readonly settings: Variables;
  readonly print: (line: string) => void;
}

type Options = Readonly<Record<string, unknown>>;
type Work = (tools: Tools) => Promise<void>;
/** Reads its options before it asks for tools: a mistake needs no database. */
type Command = (options: Options) => Work;

const operator: SystemActor = { kind: "SYSTEM", name: "operator" };
const maxMinutes = 24 * 60;
const text = z.string({ error: "is missing" }).trim().min(1, "is empty");
const id = z.uuid({ error: "must be an id as this command line prints them" });

const commands: Readonly<Record<string, Command>> = {
  "organization create": createOrganization,
  "organization list": listOrganizations,
  "member add": addMember,
  token: createToken,
};

function createOrganization(options: Options): Work {
  const given = read(options, {
    name: text,
    admin: text,
    "admin-name": text.optional(),
    "admin-email": text.optional(),
  });
  const admin = { subject: given.admin, name: given["admin-name"], email: given["admin-email"] };
  return async ({ organizations, print }) => {
    const made = await organizations.create(operator, { name: given.name, admin });
    print(`organization ${made.organization.id}`);
    print(`member       ${made.admin.id}`);
  };
}

function listOrganizations(options: Options): Work {
  read(options, {});
  return async ({ organizations, print }) => {
    for (const { id, name, createdAt } of await organizations.list())
      print(`${id}  ${createdAt.toISOString()}  ${name}`);
  };
}

function addMember(options: Options): Work {
  const role = z.enum(roles, { error: `must be one of ${roles.join(", ")}` });
  const shape = { organization: id, subject: text, role, name: text.optional(), email: text.optional() };
  const { organization, ...member } = read(options, shape);
  return async ({ organizations, print }) => {
    print(`member ${(await organizations.addMember(operator, organization, member)).id}`);
  };
}

function createToken(options: Options): Work {
  const limits = `must be a whole number from 1 to ${String(maxMinutes)}`;
  const minutes = z.coerce.number({ error: limits }).int(limits).min(1, limits).max(maxMinutes, limits).default(60);
  const given = read(options, { member: id, minutes });
  return async ({ database, settings, print }) => {
    const { secret, ...auth } = readAuth(settings);
    if (secret === undefined) throw new UsageError("AUTH_SECRET is not set: the gateway's tokens are made elsewhere.");
    const member = await database.prisma.member.findFirst({ where: { id: given.member, removedAt: null } });
    if (member === null)
      throw new UsageError("--member names nobody. See what organization create or member add printed.");
    const expiresAt = new Date(systemClock.now().getTime() + given.minutes * 60_000);
    const { subject, organizationId, role, name } = member;
    const claims = { subject, organizationId, role, expiresAt, name: name ?? undefined };
    print(await mintToken({ ...auth, secret }, claims, systemClock));
  };
}

function read<Shape extends z.core.$ZodLooseShape>(
  options: Readonly<Record<string, unknown>>,
  shape: Shape,
): z.output<z.ZodObject<Shape>> {
  const result = z.strictObject(shape).safeParse(options);
  if (result.success) return result.data;
  throw new UsageError(result.error.issues.map(describeIssue).join("\n"));
}

function describeIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys")
    return `${issue.keys.map((key) => `--${key}`).join(", ")} does not belong to this command.`;
  return `--${String(issue.path[0])} ${issue.message}.`;
}

function parse(args: readonly string[]) {
  const names = [
    "name",
    "admin",
    "admin-name",
    "admin-email",
    "organization",
    "subject",
    "role",
    "email",
    "member",
    "minutes",
  ];
  const options = Object.fromEntries(names.map((name) => [name, { type: "string" as const }]));
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { ...options, help: { type: "boolean", short: "h" } },
    });
    const { help: wantsHelp, ...given } = values;
    return { name: positionals.join(" "), wantsHelp: wantsHelp === true, given };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** Only what a command needs: the gateway's other settings may be elsewhere. */
function readOwnSettings(env: NodeJS.ProcessEnv): Variables {
  const { values, problems } = readVariables(env);
  const own = problems.filter((problem) => /^(DATABASE_URL|DATA_DIR|AUTH_\w+) /.test(problem));
  if (own.length > 0) throw new UsageError(own.join("\n"));
  return values;
}

async function run(work: Work, settings: Variables): Promise<void> {
  const folder = join(settings.DATA_DIR ?? ".data", "postgres");
  const running = settings.DATABASE_URL ?? (await runningEmbeddedDatabase(folder));
  const started = running === undefined ? await startEmbeddedDatabase(folder) : undefined;
  const url = running ?? started?.url;
  if (url === undefined) throw new Error("There is no database. Set DATABASE_URL.");
  const database = openDatabase(url, { log: createLog({ level: "silent" }), poolSize: 2 });
  try {
    await applyMigrations(url);
    const organizations = createOrganizations({ database, clock: systemClock, ids: randomIds });
    await work({ database, organizations, settings, print: console.log });
  } finally {
    await database.close();
    await started?.stop();
  }
}

async function main(args: readonly string[]): Promise<void> {
  const { name, wantsHelp, given } = parse(args);
  const command = commands[name];
  if (wantsHelp || name === "help") console.log(help);
  else if (command === undefined)
    throw new UsageError(`${name === "" ? "A command is missing." : `There is no command "${name}".`}\n\n${help}`);
  else await run(command(given), readOwnSettings(process.env));
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
