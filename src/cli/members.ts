import { z } from "zod";
import { roles } from "../access/actor.js";
import { mintToken } from "../access/tokens.js";
import { systemClock } from "../foundation/clock.js";
import { readAuth } from "../foundation/settings/auth.js";
import {
  assertOrganization,
  id,
  operator,
  printRow,
  read,
  text,
  UsageError,
  wholeNumber,
  type Command,
} from "./command.js";

export const role = z.enum(roles, { error: `must be one of ${roles.join(", ")}` });
const maxMinutes = 24 * 60;

export const addMember: Command = (options) => {
  const shape = { organization: id, subject: text, role, name: text.optional(), email: text.optional() };
  const { organization, ...member } = read(options, shape);
  return async ({ organizations, print }) => {
    print(`member ${(await organizations.addMember(operator, organization, member)).id}`);
  };
};

export const listMembers: Command = (options) => {
  const { organization: organizationId } = read(options, { organization: id });
  return async (tools) => {
    await assertOrganization(tools, organizationId);
    const where = { organizationId, removedAt: null };
    const order = [{ createdAt: "asc" }, { id: "asc" }] as const;
    const members = await tools.database.prisma.member.findMany({ where, orderBy: [...order] });
    for (const { id: memberId, role: stored, subject, name } of members)
      printRow(tools.print, memberId, stored, subject, name);
  };
};

export const setRole: Command = (options) => {
  const given = read(options, { organization: id, member: id, role });
  return async ({ organizations, print }) => {
    const { subject, role: stored } = await organizations.setRole(
      operator,
      given.organization,
      given.member,
      given.role,
    );
    print(`${subject} is ${stored} now.`);
  };
};

export const removeMember: Command = (options) => {
  const given = read(options, { organization: id, member: id });
  return async ({ organizations, print }) => {
    const { subject } = await organizations.removeMember(operator, given.organization, given.member);
    print(`${subject} is removed. The keys they made are revoked.`);
  };
};

export const createToken: Command = (options) => {
  const given = read(options, { member: id, minutes: wholeNumber(1, maxMinutes).default(60) });
  return async ({ database, settings, print }) => {
    const { secret, ...auth } = readAuth(settings);
    if (secret === undefined) throw new UsageError("AUTH_SECRET is not set: the gateway's tokens are made elsewhere.");
    const member = await database.prisma.member.findFirst({ where: { id: given.member, removedAt: null } });
    if (member === null)
      throw new UsageError("--member names nobody. See what organization create or member add printed.");
    const expiresAt = new Date(systemClock.now().getTime() + given.minutes * 60_000);
    const { subject, organizationId, role: stored, name } = member;
    const claims = { subject, organizationId, role: stored, expiresAt, name: name ?? undefined };
    print(await mintToken({ ...auth, secret }, claims, systemClock));
  };
};
