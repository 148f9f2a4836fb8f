import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "@jest/globals";
import { connect, requestTokens, withSimulator } from "./support.js";
import { startSimulator } from "../../simulator/index.js";
import type { Simulator } from "../../simulator/index.js";

const companies = [{ seed: "control", size: 60 }];

function control(
  simulator: Pick<Simulator, "url" | "controlToken">,
): (method: string, path: string, body?: unknown) => Promise<Response> {
  return (method, path, body) =>
    fetch(`${simulator.url}/control/${path}`, {
      method,
      headers: { authorization: `Bearer ${simulator.controlToken}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
}

test("control is refused without its token and to a foreign host", async () => {
  await withSimulator({ companies }, async (simulator) => {
    expect((await fetch(`${simulator.url}/control/state`)).status).toBe(401);
    const { port } = new URL(simulator.url);
    const headers = { host: "quickbooks.example", authorization: `Bearer ${simulator.controlToken}` };
    const asked = request({ host: "127.0.0.1", port, path: "/control/state", headers }).end();
    const [response] = (await once(asked, "response")) as [{ statusCode: number; resume(): void }];
    response.resume();
    expect(response.statusCode).toBe(403);
  });
});

test("control edits a company, moves the clock, injects faults, sets switches and limits, and shows the requests", async () => {
  await withSimulator({ companies }, async (simulator) => {
    const ask = control(simulator);
    const connection = await connect(simulator);
    const base = `companies/${connection.realmId}`;
    const created = (await (
      await ask("POST", `${base}/edits`, { kind: "create", entity: "Customer", fields: { DisplayName: "By control" } })
    ).json()) as { id: string };
    expect(await connection.rows(`select * from Customer where Id = '${created.id}'`)).toHaveLength(1);
    const refused = await ask("POST", `${base}/edits`, { kind: "delete", entity: "Customer", id: created.id });
    expect([refused.status, await refused.json()]).toEqual([
      422,
      { error: expect.stringContaining("deactivate it instead") },
    ]);
    const edits = ["One", "Two"].map((Name) => ({
      kind: "create",
      entity: "Account",
      fields: { Name, AccountType: "Bank" },
    }));
    const before = simulator.clock.now();
    expect(await (await ask("POST", `${base}/series`, { edits, everyMs: 5_000 })).json()).toMatchObject({
      ids: [expect.any(String), expect.any(String)],
    });
    expect(simulator.clock.now() - before).toBeGreaterThanOrEqual(10_000);
    expect((await ask("POST", "clock", { advanceMs: 3_700_000 })).status).toBe(200);
    expect((await connection.get("preferences")).status).toBe(401);
    const fresh = await connect(simulator);
    await ask("POST", "faults", { kind: "502" });
    expect((await fresh.get("preferences")).status).toBe(502);
    await ask("PATCH", "switches", { orderById: "works" });
    expect(await fresh.rows("select * from Invoice orderby Id maxresults 3")).toHaveLength(3);
    await ask("PUT", "limits", { perSecond: 1 });
    expect([(await fresh.get("preferences")).status, (await fresh.get("preferences")).status]).toEqual([200, 429]);
    expect((await ask("POST", "faults", { kind: "no such" })).status).toBe(400);
    const { requests } = (await (await ask("GET", "requests")).json()) as {
      requests: readonly { query?: string; status: number; rows: number; path: string }[];
    };
    expect(requests.find(({ query }) => query?.includes("orderby Id"))).toMatchObject({
      status: 200,
      rows: 3,
      path: expect.stringContaining("/query"),
    });
    expect(JSON.stringify(requests)).not.toContain(fresh.accessToken);
    expect(await (await ask("GET", "state")).json()).toMatchObject({
      counters: { throttled: 1 },
      limits: { perSecond: 1 },
    });
  });
});

test("the dump of a company's records is what queries serve", async () => {
  await withSimulator({ companies }, async (simulator) => {
    const connection = await connect(simulator);
    const dump = await (
      await control(simulator)("GET", `companies/${connection.realmId}/records?entity=Invoice`)
    ).text();
    const page = await (
      await connection.query("select * from Invoice orderby MetaData.CreateTime maxresults 1000")
    ).text();
    const lines = dump.trimEnd().split("\n");
    expect(lines).toHaveLength(simulator.companies.get(connection.realmId)?.count("Invoice") ?? 0);
    for (const line of lines) expect(page).toContain(line);
  });
});

test("with a state file grants, edits, added companies and the clock outlive a restart", async () => {
  const folder = await mkdtemp(join(tmpdir(), "simulator-"));
  const options = {
    companies,
    statePath: join(folder, "state.ndjson"),
    clientId: "app",
    clientSecret: "app-secret",
    autoConsent: true,
    limits: "off",
  } as const;
  try {
    const first = await startSimulator(options);
    const connection = await connect(first);
    const company = first.companies.get(connection.realmId);
    const id = company?.create("Customer", { DisplayName: "Kept" }) ?? "";
    first.addCompany({ seed: "added", size: 0 });
    first.clock.advance(60_000);
    company?.change("Customer", id, { Notes: "still here" });
    const texts = (simulator: Simulator): readonly string[] =>
      [...(simulator.companies.get(connection.realmId)?.records("Customer") ?? [])].map(({ text }) => text);
    const before = texts(first);
    await first.stop();
    const second = await startSimulator(options);
    expect(texts(second)).toEqual(before);
    expect(second.companies.size).toBe(2);
    expect(second.clock.offsetMs).toBe(60_000);
    expect(
      (await requestTokens(second, { grant_type: "refresh_token", refresh_token: connection.refreshToken })).status,
    ).toBe(200);
    expect(second.companies.get(connection.realmId)?.create("Customer", { DisplayName: "Next" })).toBe(
      String(Number(id) + 1),
    );
    await second.stop();
  } finally {
    await rm(folder, { recursive: true });
  }
});

function program(environment: Record<string, string>): ChildProcess {
  return spawn(process.execPath, ["--import", "tsx", "simulator/main.ts"], {
    env: { ...process.env, NODE_OPTIONS: "", ...environment },
    stdio: ["pipe", "pipe", "pipe"],
  });
}

async function firstLine(stream: NodeJS.ReadableStream | null): Promise<string> {
  if (!stream) throw new Error("The program has no such stream.");
  const [line] = (await once(createInterface({ input: stream }), "line")) as [string];
  return line;
}

test("the program says in one line where it listens, and ends with its parent", async () => {
  const child = program({ SIMULATOR_EXIT_WITH_PARENT: "1", SIMULATOR_CONTROL_TOKEN: "let-me-in-please" });
  const ready = JSON.parse(await firstLine(child.stdout)) as { ready: boolean; url: string; discoveryUrl: string };
  expect(ready).toMatchObject({ ready: true, discoveryUrl: `${ready.url}/.well-known/openid_sandbox_configuration` });
  const state = await control({ url: ready.url, controlToken: "let-me-in-please" })("GET", "state");
  expect(await state.json()).toMatchObject({ companies: [{ realmId: "9130347798120001" }] });
  const exited = once(child, "exit");
  child.stdin?.end();
  expect(await exited).toEqual([0, null]);
});

test("wrong settings and a taken port end the program with one line that names the setting", async () => {
  await withSimulator({}, async (simulator) => {
    const cases = [
      [{ SIMULATOR_LIMITS: "fast", SIMULATOR_COMPANIES: '[{"size":-1}]' }, /SIMULATOR_COMPANIES: .*SIMULATOR_LIMITS: /],
      [{ SIMULATOR_PORT: new URL(simulator.url).port }, /^SIMULATOR_PORT is in use/],
    ] as const;
    for (const [environment, message] of cases) {
      const child = program(environment);
      const exited = once(child, "exit");
      expect(await firstLine(child.stderr)).toMatch(message);
      expect(await exited).toEqual([1, null]);
    }
  });
});
