import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { auditServer, type AuditResult } from "graphql-http";
import { type Gateway, startGateway } from "./gateway.js";

let gateway: Gateway;
let results: readonly AuditResult[];

beforeAll(async () => {
  gateway = await startGateway();
  const authorization = `Bearer ${await (await gateway.newFirm()).token("VIEWER")}`;
  // The audits know nothing of tokens.
  const fetchFn = (url: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers);
    headers.set("authorization", authorization);
    return fetch(url, { ...init, headers });
  };
  results = await auditServer({ url: `${gateway.url}/graphql`, fetchFn });
});

afterAll(() => gateway.stop());

const reasonOf = (result: AuditResult): string => (result.status === "ok" ? "ok" : result.reason);
const linesOf = (word: string): readonly string[] =>
  results
    .filter(({ name, status }) => name.startsWith(word) && status !== "ok")
    .map((result) => `${result.id} ${result.name}: ${reasonOf(result)}`);

test("everything that GraphQL over HTTP says a server MUST do is done", () => {
  expect(results.filter(({ name }) => name.startsWith("MUST")).length).toBeGreaterThan(10);
  expect(linesOf("MUST")).toEqual([]);
  expect(results.filter(({ status }) => status === "error")).toEqual([]);
});

test("what it says a server SHOULD do is done, but that a refused operation is 400 for `application/json` too", () => {
  const left = linesOf("SHOULD");
  process.stdout.write(`GraphQL over HTTP, SHOULD and not done (${left.length}):\n${left.join("\n")}\n`);
  // A proxy, a log or a client that looks at the status alone must not take a refusal for an answer.
  const refused = /^\w+ SHOULD use .*200 .* failure when accepting application\/json: /;
  expect(left.filter((line) => !refused.test(line))).toEqual([]);
});
