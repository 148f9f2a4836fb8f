import { expect, test } from "@jest/globals";
import { connect, withSimulator } from "./support.js";
import type { Connection } from "./support.js";

const companies = [{ seed: "queries", size: 400 }];

async function fault(
  connection: Connection,
  statement: string,
): Promise<{ readonly code: string; readonly Detail: string }> {
  const response = await connection.query(statement);
  expect(response.status).toBe(400);
  const body = (await response.json()) as { Fault: { type: string; Error: [{ code: string; Detail: string }] } };
  expect(body.Fault.type).toBe("ValidationFault");
  return body.Fault.Error[0];
}

test("pages run through all records once, in any order that can be asked for", async () => {
  await withSimulator({ companies }, async (simulator) => {
    const connection = await connect(simulator);
    const [company] = simulator.companies.values();
    for (const order of [
      "",
      "orderby MetaData.CreateTime",
      "order by Metadata.LastUpdatedTime desc",
      "ORDERBY TxnDate",
    ]) {
      const ids = new Set<unknown>();
      for (let start = 1; ; start += 70) {
        const rows = await connection.rows(
          `select * from invoice ${order} startposition ${String(start)} maxresults 70`,
        );
        for (const row of rows) ids.add(row["Id"]);
        if (rows.length < 70) break;
      }
      expect(ids.size).toBe(company?.count("Invoice"));
    }
  });
});

test("a page says where it starts and how many it holds; only some entities say totalCount; an empty one says nothing", async () => {
  await withSimulator({ companies }, async (simulator) => {
    const connection = await connect(simulator);
    const invoices = (await (await connection.query("select * from Invoice startposition 3 maxresults 5")).json()) as {
      QueryResponse: object;
    };
    expect(invoices.QueryResponse).toMatchObject({ startPosition: 3, maxResults: 5, totalCount: 5 });
    const accounts = (await (await connection.query("select * from Account maxresults 5")).json()) as {
      QueryResponse: object;
    };
    expect(accounts.QueryResponse).not.toHaveProperty("totalCount");
    const past = (await (await connection.query("select * from Invoice startposition 100000")).json()) as {
      QueryResponse: object;
    };
    expect(past.QueryResponse).toEqual({});
    expect(await connection.rows("select * from Invoice")).toHaveLength(100);
  });
});

test("name lists hold back inactive records, in counts too, until asked for them", async () => {
  await withSimulator({ companies }, async (simulator) => {
    const connection = await connect(simulator);
    const [company] = simulator.companies.values();
    const all = company?.count("Customer") ?? 0;
    const active = await connection.rows("select * from Customer maxresults 1000");
    expect(active.length).toBeLessThan(all);
    expect(await (await connection.query("select count(*) from Customer")).json()).toMatchObject({
      QueryResponse: { totalCount: active.length },
    });
    const both = await connection.rows("select * from Customer where Active in (true, false) maxresults 1000");
    expect(both).toHaveLength(all);
    for (const row of both.filter((each) => each["Active"] === false))
      expect(row["DisplayName"]).toMatch(/ \(deleted\)$/);
    const names = active.map((row) => String(row["FullyQualifiedName"]).toLowerCase());
    expect(names).toEqual([...names].sort((a, b) => (a < b ? -1 : 1)));
  });
});

test("filters agree with filtering by hand", async () => {
  await withSimulator({ companies }, async (simulator) => {
    const connection = await connect(simulator);
    const all = await connection.rows("select * from Invoice maxresults 1000");
    const middle = all[Math.floor(all.length / 2)];
    const { CreateTime, LastUpdatedTime } = middle?.["MetaData"] as { CreateTime: string; LastUpdatedTime: string };
    const customer = (middle?.["CustomerRef"] as { value: string }).value;
    const time = (row: Readonly<Record<string, unknown>>, name: string): number =>
      Date.parse((row["MetaData"] as Record<string, string>)[name] ?? "");
    const cases: readonly (readonly [string, (row: Readonly<Record<string, unknown>>) => boolean])[] = [
      [`MetaData.CreateTime >= '${CreateTime}'`, (row) => time(row, "CreateTime") >= Date.parse(CreateTime)],
      [
        `MetaData.LastUpdatedTime < '${new Date(LastUpdatedTime).toISOString()}'`,
        (row) => time(row, "LastUpdatedTime") < Date.parse(LastUpdatedTime),
      ],
      [
        `MetaData.CreateTime > '${CreateTime}' and MetaData.LastUpdatedTime <= '${LastUpdatedTime}'`,
        (row) =>
          time(row, "CreateTime") > Date.parse(CreateTime) &&
          time(row, "LastUpdatedTime") <= Date.parse(LastUpdatedTime),
      ],
      [`CustomerRef = '${customer}'`, (row) => (row["CustomerRef"] as { value: string }).value === customer],
      [
        "Balance > '0' and TotalAmt >= 1000.5",
        (row) => Number(row["Balance"]) > 0 && Number(row["TotalAmt"]) >= 1000.5,
      ],
      ["DocNumber LIKE '%1_'", () => false],
      ["DocNumber like '%7'", (row) => JSON.stringify(row["DocNumber"] ?? "").endsWith('7"')],
      [`Id in ('${String(middle?.["Id"])}', '999999')`, (row) => row["Id"] === middle?.["Id"]],
      ["DocNumber = ' '", (row) => row["DocNumber"] === undefined],
      ["TxnDate > '2025-06-30'", (row) => String(row["TxnDate"]) > "2025-06-30"],
    ];
    for (const [where, passes] of cases) {
      const found = await connection.rows(`select * from Invoice where ${where} maxresults 1000`);
      expect({ where, ids: found.map((row) => row["Id"]) }).toEqual({
        where,
        ids: all.filter(passes).map((row) => row["Id"]),
      });
    }
  });
});

test("statements that QuickBooks refuses are refused with its codes and words", async () => {
  await withSimulator({ companies }, async (simulator) => {
    const connection = await connect(simulator);
    expect(await fault(connection, "select * from Custmoer")).toMatchObject({
      code: "4001",
      Detail: "QueryValidationError: invalid context declaration: Custmoer",
    });
    expect((await fault(connection, "select * form Customer")).code).toBe("4000");
    expect((await fault(connection, "select * from Invoice where PrivateNote = 'x'")).Detail).toBe(
      "QueryValidationError: property 'PrivateNote' is not queryable",
    );
    expect((await fault(connection, "select * from Invoice startposition 0")).Detail).toContain(
      "value 0 is too small. Min allowed value is 1",
    );
    expect((await fault(connection, "select * from Invoice maxresults 1001")).code).toBe("4001");
    expect((await fault(connection, "select * from Invoice where Id > '3'")).code).toBe("4001");
    expect(
      (await fault(connection, "select * from Invoice where MetaData.CreateTime > '2026-01-01T00:00:00 00:00'")).code,
    ).toBe("4001");
    expect((await fault(connection, "select * from Invoice orderby Id")).code).toBe("4001");
    simulator.switches.orderById = "works";
    const rows = await connection.rows("select * from Invoice orderby Id maxresults 1000");
    expect(rows.map((row) => Number(row["Id"]))).toEqual(rows.map((row) => Number(row["Id"])).sort((a, b) => a - b));
  });
});

test("a statement may come by POST, and a large one must", async () => {
  await withSimulator({ companies }, async (simulator) => {
    const { realmId, accessToken } = await connect(simulator);
    const ids = Array.from({ length: 900 }, (_, index) => `'${String(index + 1)}'`).join(",");
    const response = await fetch(`${simulator.apiBaseUrl}/v3/company/${realmId}/query?minorversion=75`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${accessToken}`,
        accept: "application/json",
        "content-type": "application/text",
      },
      body: `select count(*) from Payment where Id in (${ids})`,
    });
    const [company] = simulator.companies.values();
    expect(await response.json()).toMatchObject({ QueryResponse: { totalCount: company?.count("Payment") } });
  });
});

test("ties of one second come in any order when the switch says so, and a burst holds more than a page of them", async () => {
  await withSimulator({ companies: [{ size: 2300, burst: 1100 }] }, async (simulator) => {
    const connection = await connect(simulator);
    const page = async (): Promise<readonly unknown[]> =>
      (await connection.rows("select * from Invoice orderby MetaData.CreateTime maxresults 1000")).map(
        (row) => row["Id"],
      );
    expect(await page()).toEqual(await page());
    simulator.switches.ties = "shuffled";
    expect(await page()).not.toEqual(await page());
    simulator.switches.ties = "stable";
    const [company] = simulator.companies.values();
    const counts = new Map<string, number>();
    for (const { text } of company?.records("Invoice") ?? []) {
      const { CreateTime } = (JSON.parse(text) as { MetaData: { CreateTime: string } }).MetaData;
      counts.set(CreateTime, (counts.get(CreateTime) ?? 0) + 1);
    }
    const most = Math.max(...counts.values());
    expect(most).toBeGreaterThanOrEqual(1100);
  });
});
