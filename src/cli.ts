#!/usr/bin/env node
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createApiKeys } from "./access/api-keys.js";
import { AccessProblem } from "./access/errors.js";
import { createOrganizations } from "./access/organizations.js";
import { alertKey } from "./cli/alerts.js";
import { UsageError, type Command, type Work } from "./cli/command.js";
import { encryptionStatus, rotateEncryption } from "./cli/encryption.js";
import { createKey, listKeys, revokeKey } from "./cli/keys.js";
import { addMember, createToken, listMembers, removeMember, setRole } from "./cli/members.js";
import { createOrganization, listConnections, listOrganizations } from "./cli/organizations.js";
import { systemClock } from "./foundation/clock.js";
import { openDatabase } from "./foundation/database/database.js";
import { runningEmbeddedDatabase, startEmbeddedDatabase } from "./foundation/database/embedded.js";
import { applyMigrations } from "./foundation/database/migrations.js";
import { randomIds } from "./foundation/ids.js";
import { createLog } from "./foundation/log.js";
import { readVariables, type Variables } from "./foundation/settings/variables.js";

const help = `The gateway's command line for operators.

  organization create --name NAME --admin SUBJECT [--admin-name NAME] [--admin-email EMAIL]
      Makes an organization and its first ADMIN. SUBJECT is the "sub" of the tokens that person brings.
  organization list
  connection list --organization ID

  member add --organization ID --subject SUBJECT --role VIEWER|OPERATOR|ADMIN [--name NAME] [--email EMAIL]
      Also takes back somebody who was removed.
  member list --organization ID
  member role --organization ID --member ID --role VIEWER|OPERATOR|ADMIN
  member remove --organization ID --member ID
      At once, with the keys they made.

  key create --organization ID --name NAME --role VIEWER|OPERATOR|ADMIN [--connections ID,ID] [--days N]
      Prints a new API key, once. Without --connections it reaches all, without --days it has no end.
  key list --organization ID
  key revoke --organization ID --key ID
      At once. To rotate a key: create the next, give it to its program, revoke the old one.

  encryption status
      Which keys of ENCRYPTION_KEYS are in use, and for how many values.
  encryption rotate
      Encrypts by the first of ENCRYPTION_KEYS whatever another one encrypted, while the gateway runs.

  alert key
      Prints the key that signs what is sent to ALERT_WEBHOOK_URL. Of another address it is another.

  token --member ID [--minutes N]
      Prints a token of that member to try things with; 60 minutes by default. Only where AUTH_SECRET is set.

It works on DATABASE_URL, else on the database of the gateway that runs on DATA_DIR (.data), else it starts that database
for as long as it needs it.
`;

const commands = new Map<string, Command>(
  Object.entries({
    "organization create": createOrganization,
    "organization list": listOrganizations,
    "connection list": listConnections,
    "member add": addMember,
    "member list": listMembers,
    "member role": setRole,
    "member remove": removeMember,
    "key create": createKey,
    "key list": listKeys,
    "key revoke": revokeKey,
    "alert key": alertKey,
    "encryption status": encryptionStatus,
    "encryption rotate": rotateEncryption,
    token: createToken,
  }),
);

const optionNames = [
  ...["name", "admin", "admin-name", "admin-email", "organization", "subject", "role", "email", "member", "minutes"],
  ...["connections", "days", "key"],
];

function parse(args: readonly string[]) {
  const options = Object.fromEntries(optionNames.map((name) => [name, { type: "string" as const }]));
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
  const own = problems.filter((problem) =>
    /^(DATABASE_URL|DATA_DIR|ENCRYPTION_KEYS|ALERT_WEBHOOK_URL|AUTH_\w+) /.test(problem),
  );
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
    const access = { database, clock: systemClock, ids: randomIds };
    const managers = { organizations: createOrganizations(access), apiKeys: createApiKeys(access) };
    await work({ database, ...managers, settings, print: console.log });
  } finally {
    await database.close();
    await started?.stop();
  }
}

async function main(args: readonly string[]): Promise<void> {
  const { name, wantsHelp, given } = parse(args);
  const command = commands.get(name);
  if (wantsHelp || name === "help") console.log(help);
  else if (command === undefined)
    throw new UsageError(`${name === "" ? "A command is missing." : `There is no command "${name}".`}\n\n${help}`);
  else await run(command(given), readOwnSettings(process.env));
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = error instanceof UsageError || error instanceof AccessProblem ? 2 : 1;
}
