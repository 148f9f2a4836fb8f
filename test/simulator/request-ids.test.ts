import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { startSimulator } from "../../simulator/index.js";
import { connect } from "./support.js";
import { faultOf, invoiceOf, named, recordOf, withWriter } from "./writing.js";

test("a request of the same name gets the same answer again to the byte, and nothing is done", async () => {
  await withWriter(async ({ simulator, company, customer, post }) => {
    const body = invoiceOf(customer, 25);
    const first = await post("invoice?requestid=a1", body);
    simulator.clock.advance(5_000);
    const second = await post("invoice?requestid=a1&minorversion=75", body);
    expect(second).toEqual(first);
    expect(company.count("Invoice")).toBe(1);
    expect(await post("invoice", body)).not.toEqual(first);
    expect(company.count("Invoice")).toBe(2);
    expect(simulator.writes.map(({ requestId, isReplay, id }) => [requestId, isReplay, id])).toEqual([
      ["a1", false, "1"],
      ["a1", true, "1"],
      [undefined, false, "2"],
    ]);
  });
});

test("a replay is blind to what has become of the record: created, deleted, created again is the deleted one", async () => {
  await withWriter(async ({ company, customer, write, post }) => {
    const body = invoiceOf(customer, 25);
    const created = await write("Invoice", body, "requestid=a1");
    await write("Invoice", named(created), "operation=delete");
    expect(recordOf(await post("invoice?requestid=a1", body), "Invoice")).toEqual(created);
    expect(company.count("Invoice")).toBe(0);
  });
});

test("a refusal is replayed too: what was stale once stays stale under that name", async () => {
  await withWriter(async ({ customer, company, write, post, read }) => {
    const created = await write("Invoice", invoiceOf(customer, 25));
    company.change("Invoice", String(created["Id"]), { PrivateNote: "by a person" });
    const change = { ...named(created), sparse: true, PrivateNote: "by an app" };
    expect(faultOf(await post("invoice?requestid=b1", change)).code).toBe("5010");
    const fresh = { ...change, ...named(await read("Invoice", String(created["Id"]))) };
    expect(faultOf(await post("invoice?requestid=b1", fresh)).code).toBe("5010");
    expect((await post("invoice?requestid=b2", fresh)).status).toBe(200);
  });
});

test("another body under the same name gets the first one's answer, or by a switch a refusal", async () => {
  await withWriter(async ({ simulator, company, customer, post }) => {
    const first = await post("invoice?requestid=a1", invoiceOf(customer, 25));
    expect(await post("invoice?requestid=a1", invoiceOf(customer, 99))).toEqual(first);
    simulator.switches.requestIdReuse = "refused";
    expect(faultOf(await post("invoice?requestid=a1", invoiceOf(customer, 99))).code).toBe("600");
    expect(await post("invoice?requestid=a1", invoiceOf(customer, 25))).toEqual(first);
    expect(company.count("Invoice")).toBe(1);
  });
});

test("names of requests hold within a company, in the parameter only, for as long as they are remembered, up to 50 characters", async () => {
  const companies = [
    { realmId: "101", size: 0 },
    { realmId: "102", size: 0 },
  ];
  await withWriter(
    async ({ simulator, company, customer, post }) => {
      const body = invoiceOf(customer, 25);
      for (let time = 0; time < 2; time += 1) await post("invoice", body, { "request-id": "h1", requestid: "h1" });
      expect(company.count("Invoice")).toBe(2);
      const other = await connect(simulator, "102");
      simulator.companies.get("102")?.create("Customer", { DisplayName: "Fern & Co" });
      const sent = await fetch(`${simulator.apiBaseUrl}/v3/company/102/invoice?requestid=a1`, {
        method: "POST",
        headers: { authorization: `Bearer ${other.accessToken}`, accept: "application/json" },
        body: JSON.stringify(body),
      });
      expect(sent.status).toBe(200);
      await post("invoice?requestid=a1", body);
      expect(company.count("Invoice")).toBe(3);
      simulator.clock.advance(simulator.switches.requestIdsKeptMs + 1);
      const { status } = await post("invoice?requestid=a1", body);
      expect([status, company.count("Invoice")]).toEqual([401, 3]);
      const again = await connect(simulator, "101");
      await fetch(`${simulator.apiBaseUrl}/v3/company/101/invoice?requestid=a1`, {
        method: "POST",
        headers: { authorization: `Bearer ${again.accessToken}`, accept: "application/json" },
        body: JSON.stringify(body),
      });
      expect(company.count("Invoice")).toBe(4);
    },
    { companies },
  );
  await withWriter(async ({ customer, post }) => {
    expect(faultOf(await post(`invoice?requestid=${"x".repeat(51)}`, invoiceOf(customer, 25))).code).toBe("2130");
    expect((await post(`invoice?requestid=${"x".repeat(50)}`, invoiceOf(customer, 25))).status).toBe(200);
  });
});

test("with its state kept, a restarted simulator replays what it answered before, and holds what apps wrote", async () => {
  const options = {
    companies: [{ realmId: "101", size: 0 }],
    statePath: join(mkdtempSync(join(tmpdir(), "simulator-")), "state"),
    autoConsent: true,
    limits: "off",
  } as const;
  const answers: string[] = [];
  const records: (string | undefined)[] = [];
  for (let life = 0; life < 2; life += 1) {
    const simulator = await startSimulator(options);
    try {
      const { accessToken } = await connect(simulator);
      const response = await fetch(`${simulator.apiBaseUrl}/v3/company/101/customer?requestid=a1`, {
        method: "POST",
        headers: { authorization: `Bearer ${accessToken}`, accept: "application/json" },
        body: JSON.stringify({ DisplayName: "Moss", Notes: "n", BillAddr: { Line1: "1 Elm Court" } }),
      });
      const whole = {
        Id: "1",
        SyncToken: "0",
        DisplayName: "Moss",
        GivenName: "Ida",
        BillAddr: { City: "Fairhollow" },
      };
      if (life === 0)
        await fetch(`${simulator.apiBaseUrl}/v3/company/101/customer`, {
          method: "POST",
          headers: { authorization: `Bearer ${accessToken}`, accept: "application/json" },
          body: JSON.stringify(whole),
        });
      records.push(simulator.companies.get("101")?.record("Customer", "1")?.text);
      answers.push(await response.text());
      expect(simulator.companies.get("101")?.count("Customer")).toBe(1);
    } finally {
      await simulator.stop();
    }
  }
  expect(answers[1]).toBe(answers[0]);
  expect(records[0]).toContain('"SyncToken":"1"');
  expect(records[1]).toBe(records[0]);
});
