import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Company } from "./company.js";
import { createWorld, type World } from "./world.js";

let world: World;
let company: Company;

beforeAll(async () => {
  world = await createWorld();
  company = await world.addCompany();
});

afterAll(() => world.close());

const sqlOf = (args: string, selection: string, role: "VIEWER" | "OPERATOR" = "VIEWER") =>
  world.sqlOf(company, `query ($c: ID!) { invoices(connectionId: $c ${args}) { ${selection} } }`, {
    variables: { c: company.globalId },
    role,
  });

test("alike questions are the same statement, whatever values, aliases and order they are written with", async () => {
  const one = await sqlOf(
    'filter: { docNumber: { eq: "1" }, search: "a" }',
    "nodes { docNumber customer { displayName } depositToAccount { name } lines { amount { amount } } }",
  );
  const other = await sqlOf(
    `filter: { search: "it's", docNumber: { eq: "'; DROP TABLE invoices; --" } }`,
    `edges { node {
      lines { ... on InvoiceLine { paid: amount { amount } } } depositToAccount { x: name } who: customer { displayName } no: docNumber
    } }`,
  );
  expect(other).toEqual(one);
  expect(one).toHaveLength(1);
});

test("only what is selected is read", async () => {
  const [sql] = await sqlOf("", "nodes { docNumber }");
  expect(sql).not.toContain("private_note");
  expect(sql).not.toContain("customers");
  expect(sql).not.toContain("mirror_counts");
});

test("the payload is not even read for who may not see it", async () => {
  expect((await sqlOf("", "nodes { raw docNumber }", "VIEWER"))[0]).not.toContain(".raw");
  expect((await sqlOf("", "nodes { raw docNumber }", "OPERATOR"))[0]).toContain(".raw");
});

test("a list selected twice with the same arguments is read once", async () => {
  const list = (args: string) => `payments${args} { nodes { referenceNumber } }`;
  const [once = ""] = await sqlOf("", `nodes { ${list("")} }`);
  expect(await sqlOf("", `nodes { a: ${list("(first: 20)")} b: ${list("")} }`)).toEqual([once]);
  const [twice = ""] = await sqlOf("", `nodes { a: ${list("(first: 20)")} b: ${list("(first: 5)")} }`);
  expect(twice.split("FROM payment_applications")).toHaveLength(2 * once.split("FROM payment_applications").length - 1);
});

test("a list as of an instant is one statement, whatever relations it follows, and the same for every instant", async () => {
  const selection =
    "nodes { docNumber customer { displayName } lines { ... on SalesLine { item { name } } } payments { nodes { referenceNumber } } }";
  const one = await sqlOf(', asOf: "2026-01-01T00:00:00Z"', selection);
  expect(one).toHaveLength(1);
  expect(await sqlOf(', asOf: "2025-06-01T00:00:00Z"', selection)).toEqual(one);
});

test("an instant that is no longer kept is refused by that statement", async () => {
  const at = "2026-02-01T00:00:00.000Z";
  const kept = await world.addCompany({ created_at: "2026-01-01T00:00:00Z", versions_from: at });
  const query = `query ($c: ID!) { invoices(connectionId: $c, asOf: "2026-01-31T23:59:59.999Z") { nodes { docNumber } } }`;
  const { errors, statements } = await world.ask(kept, query, { variables: { c: kept.globalId } });
  expect(errors?.map(({ extensions }) => extensions)).toEqual([
    { code: "BAD_USER_INPUT", field: "asOf", reason: "NOT_KEPT" },
  ]);
  expect(statements).toBe(1);
});
