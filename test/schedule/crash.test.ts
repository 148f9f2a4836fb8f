import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { openDatabase, type Database } from "../../src/foundation/database/database.js";
import { createLog } from "../../src/foundation/log.js";
import { connectCompany, gatewayProgram, newAdmin, type GatewayProgram } from "../support/gateway.js";
import { buildPrograms, type Programs } from "../support/program.js";
import { startSimulatorProgram, type SimulatorProgram } from "../support/simulator.js";
import { until } from "../support/until.js";

const waitMs = 90_000;
let programs: Programs;
let simulator: SimulatorProgram;
let gateway: GatewayProgram;
let database: Database;

beforeAll(async () => {
  programs = await buildPrograms();
  simulator = await startSimulatorProgram(programs, [{ realmId: "9130000000000001", seed: "crash", size: 2_000 }]);
  gateway = await gatewayProgram({ programs, simulator, store: "server" });
  await gateway.start();
  database = openDatabase((await gateway.databaseUrl()) ?? "", { log: createLog({ level: "silent" }) });
}, 120_000);

afterAll(async () => {
  await database.close();
  await gateway.remove();
  await simulator.stop();
  programs.remove();
});

const runs = () => database.prisma.syncRun.findMany({ orderBy: { queuedAt: "asc" } });
const dueSince = (nextSyncAt: Date) => database.prisma.connection.updateMany({ data: { nextSyncAt } });

/** The triggers of all runs, once there are so many and all have succeeded. */
const triggersOf = (count: number) =>
  until(async () => {
    const all = await runs();
    const isSo = all.length >= count && all.every(({ status }) => status === "SUCCEEDED");
    return isSo ? all.map(({ trigger }) => trigger) : undefined;
  }, waitMs);

test("F13: a gateway killed in a run goes on with it, catches a missed time up once, and its schedule lives on", async () => {
  await connectCompany(gateway, await newAdmin(gateway));
  await until(async () => (await runs()).some(({ status }) => status === "RUNNING") || undefined, waitMs);
  await gateway.process.kill();
  await dueSince(new Date("2026-01-01"));
  await gateway.start();
  expect(await triggersOf(2)).toEqual(["CONNECT", "SCHEDULE"]);
  await dueSince(new Date());
  expect(await triggersOf(3)).toEqual(["CONNECT", "SCHEDULE", "SCHEDULE"]);
  const [connection] = await database.prisma.connection.findMany();
  expect(connection?.nextSyncAt?.getTime()).toBeGreaterThan(Date.now());
}, 240_000);
