import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { buildSchema, parse, validate } from "graphql";
import { type Browser, chromium, type Page } from "playwright-core";
import { z } from "zod";
import type { Role } from "../../src/access/actor.js";
import { until } from "../support/until.js";
import { connectCompany } from "./client.js";
import { type Firm, type Gateway, startGateway } from "./gateway.js";

const browserPath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) =>
  existsSync(path),
);
const inBrowser = browserPath === undefined ? test.skip : test;
if (browserPath === undefined)
  process.stderr.write("No Chromium was found: the tests of GraphiQL in a browser are left out.\n");

let gateway: Gateway;
let firm: Firm;
let browser: Browser | undefined;

beforeAll(async () => {
  const port = await freePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  gateway = await startGateway(
    ({ settings }) => ({ isSchemaPublic: true, settings: { ...settings, publicUrl, allowedOrigins: [] } }),
    port,
  );
  firm = await gateway.newFirm();
  if (browserPath !== undefined)
    browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox"] });
});

afterAll(async () => {
  await browser?.close();
  await gateway.stop();
});

test("GraphiQL comes from the gateway alone, under a policy that lets no foreign script run", async () => {
  const response = await fetch(`${gateway.url}/graphiql`);
  const policy = response.headers.get("content-security-policy") ?? "";
  expect(policy).toContain("default-src 'none';script-src 'self'");
  const page = await response.text();
  expect(page).not.toMatch(/(src|href)="(https?:)?\/\//);
  for (const [, address] of page.matchAll(/(?:src|href)="(\/[^"]+)"/g)) {
    expect({ address, status: (await fetch(`${gateway.url}${address}`)).status }).toEqual({ address, status: 200 });
  }
});

test("every example is valid, and GraphiQL offers it", async () => {
  const schema = buildSchema(readFileSync("schema.graphql", "utf8"));
  const files = readdirSync("examples").filter((name) => name.endsWith(".graphql"));
  const queries = files.sort().map((name) => readFileSync(`examples/${name}`, "utf8"));
  for (const query of queries) expect(validate(schema, parse(query))).toEqual([]);
  const offered: unknown = await (await fetch(`${gateway.url}/graphiql/examples.json`)).json();
  expect(offered).toHaveLength(queries.length);
  expect(offered).toEqual(expect.arrayContaining(queries.map((query) => expect.objectContaining({ query }))));
});

/** The page's origin must be the gateway's public one, which is set before it listens. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = z.object({ port: z.number() }).parse(server.address());
  server.close();
  await once(server, "close");
  return port;
}

/** The page as somebody with a token sees it, and what its console complained of. */
async function openPage(role: Role): Promise<{ readonly page: Page; readonly problems: readonly string[] }> {
  const page = await browser?.newPage();
  if (page === undefined) throw new Error("No browser was started.");
  const problems: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  page.on("pageerror", ({ message }) => problems.push(message));
  await page.goto(`${gateway.url}/graphiql`);
  await page.fill("#token", await firm.token(role));
  await page.click("text=Use");
  await page.waitForSelector(".graphiql-execute-button");
  return { page, problems };
}

inBrowser("with a token GraphiQL asks over HTTP and follows over WebSocket", async () => {
  const { page, problems } = await openPage("ADMIN");
  await page.click(".graphiql-execute-button");
  await page.waitForSelector(".result-window >> text=hasNextPage");
  await page.evaluate(
    `document.querySelector(".graphiql-query-editor .CodeMirror").CodeMirror.setValue(${JSON.stringify(
      "subscription Live { connectionEvents { kind connections { companyName } } }",
    )})`,
  );
  await until(async () => {
    const tabs = z
      .string()
      .nullable()
      .parse(await page.evaluate('localStorage.getItem("graphiql:tabState")'));
    return tabs?.includes('"operationName":"Live"') === true ? true : undefined;
  });
  await page.click(".graphiql-execute-button");
  await page.waitForSelector(".result-window >> text=SNAPSHOT");
  await connectCompany(gateway, await firm.token("ADMIN"));
  await page.waitForSelector(".result-window >> text=Hillside");
  expect(problems).toEqual([]);
  await page.close();
});

inBrowser("the token is kept for the tab alone", async () => {
  const { page } = await openPage("VIEWER");
  expect(await page.evaluate("Object.keys(sessionStorage)")).toEqual(["gateway.token"]);
  expect(await page.evaluate("JSON.stringify(localStorage)")).not.toContain("eyJ");
  await page.close();
});
