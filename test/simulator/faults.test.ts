import { expect, test } from "@jest/globals";
import { connect, requestTokens, withSimulator } from "./support.js";
import type { Connection } from "./support.js";

const companies = [{ seed: "faults", size: 60 }];

async function statuses(connection: Connection, count: number): Promise<readonly number[]> {
  const found: number[] = [];
  for (let number = 0; number < count; number += 1) found.push((await connection.get("preferences")).status);
  return found;
}

test("a fault meets so many matching requests, after letting some pass, and no others", async () => {
  await withSimulator({ companies }, async (simulator) => {
    const connection = await connect(simulator);
    simulator.faults.inject({ kind: "503", path: "/preferences", after: 1, times: 2 });
    expect((await connection.query("select * from Invoice")).status).toBe(200);
    expect(await statuses(connection, 4)).toEqual([200, 503, 503, 200]);
    simulator.faults.inject({ kind: "500", entity: "invoice", query: "STARTPOSITION 11" });
    expect((await connection.query("select * from Customer startposition 11")).status).toBe(200);
    expect((await connection.query("select * from Invoice startposition 11")).status).toBe(500);
  });
});

test("faults look as QuickBooks' do", async () => {
  await withSimulator({ companies }, async (simulator) => {
    const connection = await connect(simulator);
    const seen: Record<string, readonly [number, string]> = {};
    for (const kind of ["401", "403-3100", "429", "500", "502", "200-fault", "200-empty", "malformed"] as const) {
      simulator.faults.inject({ kind });
      const response = await connection.query("select * from Invoice");
      seen[kind] = [response.status, await response.text()];
    }
    expect(seen["401"]?.[0]).toBe(401);
    expect(JSON.parse(seen["401"]?.[1] ?? "")).toMatchObject({ fault: { error: [{ code: "3200" }] } });
    expect(JSON.parse(seen["403-3100"]?.[1] ?? "")).toMatchObject({
      fault: { type: "SERVICE", error: [{ code: "3100" }] },
    });
    expect(seen["429"]?.[1]).toContain('<Fault type="SERVICE"><Error code="3001">');
    expect(JSON.parse(seen["500"]?.[1] ?? "")).toMatchObject({
      Fault: { type: "SystemFault", Error: [{ code: "10000" }] },
    });
    expect(seen["502"]?.[1]).toContain("<h1>502 Bad Gateway</h1>");
    expect(seen["200-fault"]?.[0]).toBe(200);
    expect(seen["200-empty"]).toEqual([200, ""]);
    expect(() => JSON.parse(seen["malformed"]?.[1] ?? "") as unknown).toThrow();
  });
});

test("a connection can end before anything is done, or after, so that a refresh is lost that took place", async () => {
  await withSimulator({ companies }, async (simulator) => {
    const { refreshToken, get } = await connect(simulator);
    simulator.faults.inject({ kind: "drop", path: "/preferences" });
    await expect(get("preferences")).rejects.toThrow();
    const form = { grant_type: "refresh_token", refresh_token: refreshToken };
    simulator.faults.inject({ kind: "drop-after", path: "/tokens/bearer" });
    await expect(requestTokens(simulator, form)).rejects.toThrow();
    expect((await requestTokens(simulator, form)).status).toBe(400);
    expect(simulator.requests.filter(({ status }) => status === 0)).toHaveLength(2);
  });
});

test("a held request goes on when it is released, and counts as under way until then", async () => {
  await withSimulator({ companies, limits: { concurrent: 1, perSecond: 100 } }, async (simulator) => {
    const connection = await connect(simulator);
    const hold = simulator.faults.inject({ kind: "hold", path: "/preferences" });
    const held = connection.get("preferences");
    while (hold.met === 0) await new Promise((resolve) => setImmediate(resolve));
    expect((await connection.query("select * from Invoice")).status).toBe(429);
    hold.release();
    expect((await held).status).toBe(200);
    expect((await connection.query("select * from Invoice")).status).toBe(200);
  });
});

test("a poisoned record fails every query whose page holds it, with 4002, and no other", async () => {
  await withSimulator({ companies }, async (simulator) => {
    const connection = await connect(simulator);
    const [company] = simulator.companies.values();
    company?.poison("Invoice", "1");
    const response = await connection.query("select * from Invoice where Id in ('1', '2')");
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ Fault: { type: "ValidationFault", Error: [{ code: "4002" }] } });
    expect((await connection.query("select * from Invoice where Id in ('2', '3')")).status).toBe(200);
    company?.cure("Invoice", "1");
    expect((await connection.query("select * from Invoice where Id = '1'")).status).toBe(200);
  });
});

test("read one by one, a poisoned record is found alone", async () => {
  await withSimulator({ companies }, async (simulator) => {
    const connection = await connect(simulator);
    const [company] = simulator.companies.values();
    company?.poison("Invoice", "3");
    const failed: number[] = [];
    for (let start = 1; start <= (company?.count("Invoice") ?? 0); start += 1) {
      const statement = `select * from Invoice orderby MetaData.CreateTime startposition ${String(start)} maxresults 1`;
      if ((await connection.query(statement)).status === 400) failed.push(start);
    }
    expect(failed).toHaveLength(1);
    const [found] = failed;
    const around = await connection.rows(
      `select * from Invoice orderby MetaData.CreateTime startposition ${String((found ?? 0) + 1)} maxresults 1`,
    );
    expect(around).toHaveLength(1);
  });
});

test("records deleted or edited between two pages shift the pages: one row is missed, or comes twice", async () => {
  await withSimulator({ companies }, async (simulator) => {
    const { rows } = await connect(simulator);
    const [company] = simulator.companies.values();
    const page = async (start: number): Promise<readonly unknown[]> =>
      (
        await rows(`select * from Invoice orderby MetaData.LastUpdatedTime startposition ${String(start)} maxresults 1`)
      ).map(({ Id }) => Id);
    const [first, second, third] = [await page(1), await page(2), await page(3)].flat();
    company?.delete("Invoice", String(first));
    expect([await page(1), await page(2)].flat()).toEqual([second, third]);
    simulator.clock.advance(5_000);
    company?.change("Invoice", String(second), { PrivateNote: "moved to the end" });
    expect(await page(1)).toEqual([third]);
    expect(await page(company?.count("Invoice") ?? 0)).toEqual([second]);
  });
});

test("the eleventh request of a second and the five hundred and first of a minute are throttled, per company", async () => {
  const frozen = Date.UTC(2026, 10, 22);
  const { Clock } = await import("../../simulator/index.js");
  const clock = new Clock(() => frozen);
  await withSimulator(
    { clock, limits: {}, companies: [...companies, { seed: "other", size: 0 }] },
    async (simulator) => {
      const [first, second] = [...simulator.companies.keys()];
      const connection = await connect(simulator, first);
      const other = await connect(simulator, second);
      expect(await statuses(connection, 11)).toEqual([...Array<number>(10).fill(200), 429]);
      expect(await statuses(other, 1)).toEqual([200]);
      for (let second = 1; second < 50; second += 1) {
        clock.advance(1_001);
        expect(await statuses(connection, 10)).toEqual(Array<number>(10).fill(200));
      }
      clock.advance(1_001);
      simulator.switches.throttleBody = "Fault";
      simulator.switches.retryAfterSeconds = 60;
      const refused = await connection.get("preferences");
      expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "60"]);
      expect(await refused.json()).toMatchObject({ Fault: { Error: [{ code: "3001" }] } });
      clock.advance(61_000);
      expect(await statuses(connection, 1)).toEqual([200]);
    },
  );
});

test("answers carry the time the request began, on the clock of the host that answers", async () => {
  await withSimulator({ companies, switches: { hostSkewsMs: [0, 90_000] } }, async (simulator) => {
    const connection = await connect(simulator);
    const times: number[] = [];
    for (let number = 0; number < 4; number += 1) {
      const { time } = (await (await connection.get("preferences")).json()) as { time: string };
      expect(time).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{1,3}-0[78]:00$/);
      times.push(Date.parse(time));
    }
    const [a = 0, b = 0, c = 0] = times;
    expect(Math.abs(Math.abs(b - a) - 90_000)).toBeLessThan(30_000);
    expect(Math.abs(c - a)).toBeLessThan(30_000);
  });
});

test("Pacific times follow daylight saving as it is", async () => {
  const { recordTime } = await import("../../simulator/pacific.js");
  const format = new Intl.DateTimeFormat("sv-SE", {
    timeZone: "America/Los_Angeles",
    dateStyle: "short",
    timeStyle: "medium",
  });
  for (let hour = 0; hour < 24 * 400; hour += 1) {
    const seconds = Date.UTC(2026, 0, 1) / 1000 + hour * 3600;
    const text = recordTime(seconds);
    expect(text.slice(0, 19).replace("T", " ")).toBe(format.format(seconds * 1000));
    expect(Date.parse(text)).toBe(seconds * 1000);
  }
});
