import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { decodeId, encodeId } from "../../src/schema/relay.js";
import { codesOf, dataOf, send } from "../http/client.js";
import { createEditingWorld, type EditingWorld } from "../schema/editing-world.js";
import { begin, bytesOf, order, type Ordered } from "./download.js";

/** Who is given the files of exports. */

const operator = { kind: "SYSTEM", name: "operator" } as const;
let world: EditingWorld;
let ordered: Ordered;
let audit: Ordered;
let path: string;

beforeAll(async () => {
  world = await createEditingWorld();
  const { gateway, connectionId, tokens } = world;
  ordered = await order(gateway, "exportData", { token: tokens.ADMIN, connectionId, format: "NDJSON" });
  audit = await order(gateway, "exportAudit", { token: tokens.ADMIN, format: "NDJSON" });
  path = ordered.paths["export.ndjson"] ?? "";
});

afterAll(() => world.stop());

/** What is told of a file that somebody is not given. */
async function refusal(asked: string, given: Parameters<typeof begin>[2]) {
  const answer = await begin(world.gateway, asked, given);
  const text = (await bytesOf(answer)).toString();
  return {
    status: answer.statusCode,
    code: /"code":"(\w+)"/.exec(text)?.[1],
    message: /"message":"([^"]+)"/.exec(text)?.[1],
  };
}

const keyOf = async (connectionIds?: readonly string[]): Promise<string> => {
  const { gateway, firm } = world;
  const limit = connectionIds === undefined ? {} : { connectionIds };
  const made = await gateway.services.apiKeys.create(operator, firm.organizationId, {
    name: "One",
    role: "ADMIN",
    ...limit,
  });
  return made.key;
};

test.each(["VIEWER", "OPERATOR"] as const)("a %s is refused every file and cannot ask for one", async (role) => {
  const token = world.tokens[role];
  expect(await refusal(path, { token })).toMatchObject({ status: 403, code: "FORBIDDEN" });
  expect(await refusal("/exports/nothing", { token })).toMatchObject({ status: 403, code: "FORBIDDEN" });
  const query = "query ($id: ID!) { node(id: $id) { id } dataExport(id: $id) { id } }";
  const answer = await send(world.gateway, query, { token, variables: { id: ordered.id } });
  expect(codesOf(answer)).toEqual(["FORBIDDEN"]);
  expect(answer.data).toEqual({ node: null, dataExport: null });
});

test("nobody is given a file for a token in the address, or without one", async () => {
  const token = world.tokens.ADMIN;
  for (const query of ["", `?token=${token}`, `?access_token=${token}`, `?authorization=Bearer%20${token}`])
    expect(await refusal(`${path}${query}`, {})).toMatchObject({ status: 401, code: "UNAUTHENTICATED" });
  expect(await refusal(path, { token: `${token}x` })).toMatchObject({ status: 401, code: "UNAUTHENTICATED" });
});

test("foreign, missing, malformed and ended exports are answered alike, and so is a file that there is not", async () => {
  const { gateway, tokens } = world;
  const stranger = await (await gateway.newFirm()).token("ADMIN");
  const missing = await refusal(`/exports/${encodeId("DataExport", randomUUID())}`, { token: tokens.ADMIN });
  expect(missing).toMatchObject({ status: 404, code: "NOT_FOUND" });
  expect(await refusal(path, { token: stranger })).toEqual(missing);
  expect(await refusal(audit.paths["export.ndjson"] ?? "", { token: stranger })).toEqual(missing);
  for (const other of [`${path}/invoices`, "/exports/nothing", `/exports/${world.connectionId}`])
    expect(await refusal(other, { token: tokens.ADMIN })).toEqual(missing);
  const query = "query ($id: ID!) { dataExport(id: $id) { id } node(id: $id) { id } }";
  const asked = await dataOf(gateway, query, { token: stranger, variables: { id: ordered.id } });
  expect(asked).toEqual({ dataExport: null, node: null });
  const ended = await order(gateway, "exportAudit", { token: tokens.ADMIN, format: "CSV" });
  await gateway.database.prisma.dataExport.update({
    where: { id: decodeId(ended.id)?.id ?? "" },
    data: { expiresAt: new Date() },
  });
  expect(await refusal(ended.paths["audit.csv"] ?? "", { token: tokens.ADMIN })).toEqual(missing);
});

test("an API key that is limited to other companies finds neither their exports nor the audit's", async () => {
  const { gateway, firm, tokens, connectionId } = world;
  const missing = await refusal("/exports/nothing", { token: tokens.ADMIN });
  const other = decodeId(await world.newCompany(firm))?.id ?? "";
  const [limited, fitting, unlimited] = [
    await keyOf([other]),
    await keyOf([decodeId(connectionId)?.id ?? ""]),
    await keyOf(),
  ];
  const auditPath = audit.paths["export.ndjson"] ?? "";
  expect(await refusal(path, { token: limited })).toEqual(missing);
  expect(await refusal(auditPath, { token: limited })).toEqual(missing);
  expect(await refusal(auditPath, { token: fitting })).toEqual(missing);
  for (const [token, asked] of [
    [fitting, path],
    [unlimited, path],
    [unlimited, auditPath],
  ] as const)
    expect(await refusal(asked, { token })).toMatchObject({ status: 200 });
  const source = "mutation { exportAudit(input: { format: CSV }) { export { id } } }";
  expect(codesOf(await send(gateway, source, { token: fitting }))).toEqual(["FORBIDDEN"]);
});

test("a file is given to GET alone", async () => {
  const token = world.tokens.ADMIN;
  for (const method of ["HEAD", "POST", "DELETE"])
    expect(await refusal(path, { token, method })).toMatchObject({ status: 405 });
});

test("every download is in the audit: who took which file of what", async () => {
  const { gateway, firm, tokens } = world;
  const { prisma } = gateway.database;
  const where = { organizationId: firm.organizationId, action: "dataExport.download" };
  const before = await prisma.auditEntry.count({ where });
  await bytesOf(await begin(gateway, path, { token: tokens.ADMIN, headers: { "x-request-id": "asked-for-1" } }));
  expect(await prisma.auditEntry.count({ where })).toBe(before + 1);
  expect(await prisma.auditEntry.findFirst({ where: { ...where, requestId: "asked-for-1" } })).toMatchObject({
    actorId: firm.memberId("ADMIN"),
    subjectType: "DataExport",
    subjectId: decodeId(ordered.id)?.id,
    after: { file: "export.ndjson" },
  });
});

test("an export tells whose it is, who asked for it, and until when it can be fetched", async () => {
  const query = `query ($id: ID!) { dataExport(id: $id) { id connection { id } entities format requestedBy { kind name }
    createdAt expiresAt files { name path } } }`;
  const { dataExport } = await dataOf(world.gateway, query, {
    token: world.tokens.ADMIN,
    variables: { id: ordered.id },
  });
  expect(dataExport).toMatchObject({
    id: ordered.id,
    connection: { id: world.connectionId },
    entities: ["ACCOUNT", "CUSTOMER", "INVOICE", "ITEM", "PAYMENT"],
    format: "NDJSON",
    requestedBy: { kind: "MEMBER", name: "ADMIN" },
    files: [{ name: "export.ndjson", path }],
  });
});
