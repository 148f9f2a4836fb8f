import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { warnOfQuota } from "../../src/sync/schedule/quota-warnings.js";
import { connectCompany, dataOf, socketClient } from "../http/client.js";
import { type Firm, type Gateway, startGateway } from "../http/gateway.js";
import { until } from "../support/until.js";

const monthlyReads = 1_000_000;
/** The middle of May. */
const now = new Date("2027-05-16T12:00:00Z");
let isMay = false;
let gateway: Gateway;
let firm: Firm;
let connectionId: string;

beforeAll(async () => {
  gateway = await startGateway(() => ({ clock: { now: () => (isMay ? now : new Date()) } }));
  firm = await gateway.newFirm();
  ({ connectionId } = await connectCompany(gateway, await firm.token("ADMIN")));
  const { id } = await gateway.database.prisma.connection.findFirstOrThrow();
  const month = new Date("2027-05-01");
  await gateway.database.prisma.apiUsage.createMany({
    data: [
      { connectionId: id, month, reads: 200_000, writes: 3, throttledMs: 1_600 },
      { connectionId: randomUUID(), month, reads: 400_000, writes: 5 },
    ],
  });
});

afterAll(() => gateway.stop());

test("a company and the dashboard show their own calls, with the quota and the forecast of the whole deployment", async () => {
  isMay = true;
  const token = await firm.token("VIEWER");
  const asked = "apiUsage { reads writes throttledSeconds monthlyReadQuota deploymentReads forecastReads }";
  const found = await dataOf(
    gateway,
    `query ($id: ID!) { connection(id: $id) { ${asked} } dashboard(connectionId: $id) { ${asked} } }`,
    { token, variables: { id: connectionId } },
  );
  const apiUsage = {
    reads: 200_000,
    writes: 3,
    throttledSeconds: 2,
    monthlyReadQuota: monthlyReads,
    deploymentReads: 600_000,
    forecastReads: 1_200_000,
  };
  isMay = false;
  expect(found).toEqual({ connection: { apiUsage }, dashboard: { apiUsage } });
});

test("whoever follows connections is told when the deployment's reads run out", async () => {
  const client = socketClient(gateway, await firm.token("VIEWER"));
  const told: unknown[] = [];
  const leave = client.subscribe(
    {
      query: "subscription ($id: ID) { connectionEvents(connectionId: $id) { kind connections { id } } }",
      variables: { id: connectionId },
    },
    { next: ({ data }) => void told.push(data), error: () => undefined, complete: () => undefined },
  );
  await until(() => told.length === 1 || undefined);
  await warnOfQuota(gateway.services, now);
  await until(() => told.length === 2 || undefined);
  expect(told[1]).toEqual({ connectionEvents: { kind: "QUOTA_WARNING", connections: [] } });
  leave();
  await client.dispose();
});
