import { systemClock } from "../foundation/clock.js";
import { assertOrganization, id, operator, printRow, read, text, wholeNumber, type Command } from "./command.js";
import { role } from "./members.js";

const dayMs = 24 * 3_600_000;
const mostDays = 3_650;
const connections = text
  .transform((given) => given.split(",").map((part) => part.trim()))
  .refine((ids) => ids.every((one) => id.safeParse(one).success), {
    error: "must be ids of connections as connection list prints them, separated by commas",
  });

export const createKey: Command = (options) => {
  const shape = {
    organization: id,
    name: text,
    role,
    connections: connections.optional(),
    days: wholeNumber(1, mostDays).optional(),
  };
  const { organization, name, role: granted, connections: connectionIds, days } = read(options, shape);
  const expiresAt = days === undefined ? undefined : new Date(systemClock.now().getTime() + days * dayMs);
  return async ({ apiKeys, print }) => {
    const { apiKey, key } = await apiKeys.create(operator, organization, {
      name,
      role: granted,
      connectionIds,
      expiresAt,
    });
    print(`id  ${apiKey.id}`);
    print(`key ${key}`);
    print("The key is not shown again: keep it safe.");
  };
};

export const listKeys: Command = (options) => {
  const { organization } = read(options, { organization: id });
  return async (tools) => {
    await assertOrganization(tools, organization);
    for (const key of await tools.apiKeys.list(organization)) {
      const reach =
        key.connectionIds.length === 0 ? "all connections" : `${String(key.connectionIds.length)} connections`;
      const times = [ended(key.expiresAt), used(key.lastUsedAt)];
      printRow(tools.print, key.id, `${key.start}…`, key.role, reach, ...times, key.name);
    }
  };
};

const ended = (at: Date | null): string => (at === null ? "no end" : `until ${at.toISOString()}`);
const used = (at: Date | null): string => (at === null ? "never used" : `used ${at.toISOString()}`);

export const revokeKey: Command = (options) => {
  const given = read(options, { organization: id, key: id });
  return async ({ apiKeys, print }) => {
    const { name } = await apiKeys.revoke(operator, given.organization, given.key);
    print(`"${name}" is revoked.`);
  };
};
