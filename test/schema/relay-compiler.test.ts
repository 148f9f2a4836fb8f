import { expect, test } from "@jest/globals";
import { buildSchema, parse, validate } from "graphql";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { projectPath } from "../../src/foundation/project.js";
import { compile } from "./relay/compiler.js";
import { pagingDocuments } from "./relay/lists.js";
import { withoutField } from "./without-field.js";

const text = readFileSync(projectPath("schema.graphql"), "utf8");
const schema = buildSchema(text);

const folder = projectPath("test/schema/relay/documents");
const written = Object.fromEntries(
  readdirSync(folder).map((file) => [basename(file, ".graphql"), readFileSync(join(folder, file), "utf8")]),
);
const lists = pagingDocuments(schema);

const namesOf = (operations: readonly string[]): readonly string[] =>
  operations.map((operation) => /^\w+ (\w+)/.exec(operation)?.[1] ?? operation).sort();

test("relay-compiler takes fragments that page and refetch, a mutation and a subscription, and what it makes of them is valid", async () => {
  const operations = await compile(text, written);
  expect(namesOf(operations)).toEqual([
    "CompaniesPageQuery",
    "CompaniesQuery",
    "CustomerInvoicesPageQuery",
    "CustomerInvoicesPaymentsPageQuery",
    "CustomerInvoicesQuery",
    "MirroredRecordRefetchQuery",
    "NewInvoiceMutation",
    "SyncProgressSubscription",
  ]);
  for (const operation of operations) expect(validate(schema, parse(operation))).toEqual([]);
});

test("Relay can page and refetch every list of the schema", async () => {
  const operations = await compile(text, lists);
  process.stdout.write(`Lists that Relay can page and refetch: ${operations.length}\n`);
  expect(namesOf(operations)).toEqual(
    Object.keys(lists)
      .map((name) => `${name}Query`)
      .sort(),
  );
  for (const operation of operations) expect(validate(schema, parse(operation))).toEqual([]);
});

test.each([
  ["PageInfo", "hasNextPage", "expose a 'pageInfo { hasNextPage }' field"],
  ["InvoiceEdge", "cursor", "expose a 'edges { cursor }' field"],
  ["Query", "node", "Invalid use of @refetchable on fragment 'CustomerInvoices_customer'"],
  ["Invoice", "docNumber", "The type `Invoice` has no field `docNumber`"],
])("relay-compiler refuses a schema that has lost %s.%s, and says so", async (typeName, field, message) => {
  await expect(compile(withoutField(text, typeName, field), written)).rejects.toThrow(message);
});
