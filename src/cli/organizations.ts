import { assertOrganization, id, operator, printRow, read, text, type Command } from "./command.js";

export const createOrganization: Command = (options) => {
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
};

export const listOrganizations: Command = (options) => {
  read(options, {});
  return async ({ organizations, print }) => {
    for (const { id: organizationId, name, createdAt } of await organizations.list())
      printRow(print, organizationId, createdAt.toISOString(), name);
  };
};

export const listConnections: Command = (options) => {
  const { organization: organizationId } = read(options, { organization: id });
  return async (tools) => {
    await assertOrganization(tools, organizationId);
    const order = [{ createdAt: "asc" }, { id: "asc" }] as const;
    const rows = await tools.database.prisma.connection.findMany({ where: { organizationId }, orderBy: [...order] });
    for (const { id: connectionId, environment, status, companyName } of rows)
      printRow(tools.print, connectionId, environment, status, companyName);
  };
};
