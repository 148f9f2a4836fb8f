import { afterAll, afterEach, beforeAll, expect, jest, test } from "@jest/globals";
import { Client } from "pg";
import { connectionStream } from "../../src/sync/run-view.js";
import { hour, later, minute, newWorld, now, type World } from "./world.js";

let world: World;

beforeAll(async () => {
  world = await newWorld();
});

afterEach(() => world.clear());

afterAll(() => world.stop());

const connection = (id: string) => world.database.prisma.connection.findUniqueOrThrow({ where: { id } });

async function lost(): Promise<string> {
  return world.connected({ status: "REAUTHORIZATION_REQUIRED" });
}

/** The events of the organization of a connection. */
async function eventsOf(id: string): Promise<readonly { kind: string; data: unknown }[]> {
  const stream = connectionStream((await connection(id)).organizationId);
  return world.database.prisma.streamEvent.findMany({
    where: { stream },
    select: { kind: true, data: true },
    orderBy: { number: "asc" },
  });
}

test("a cause that lasts is one alert, told once when it begins and once when it is gone, and a new one when it returns", async () => {
  const id = await lost();
  await world.look();
  await world.look(later(2 * minute));
  const [first] = await world.database.prisma.alert.findMany();
  expect(await eventsOf(id)).toEqual([{ kind: "ALERT_OPENED", data: { alertId: first?.id, connectionId: id } }]);
  await world.database.prisma.connection.update({ where: { id }, data: { status: "CONNECTED" } });
  await world.look(later(4 * minute));
  await world.database.prisma.connection.update({ where: { id }, data: { status: "REAUTHORIZATION_REQUIRED" } });
  await world.look(later(6 * minute));
  expect((await eventsOf(id)).map(({ kind }) => kind)).toEqual(["ALERT_OPENED", "ALERT_RECOVERED", "ALERT_OPENED"]);
  expect(await world.database.prisma.alert.findMany({ orderBy: { openedAt: "asc" } })).toMatchObject([
    { id: first?.id, status: "RECOVERED", openedAt: now, recoveredAt: later(4 * minute) },
    { status: "OPEN", openedAt: later(6 * minute), recoveredAt: null },
  ]);
});

test("of many processes that sweep at once one looks, and nobody within the next minute", async () => {
  await lost();
  const looked = await Promise.all(Array.from({ length: 5 }, () => world.look()));
  expect(looked.filter(Boolean)).toHaveLength(1);
  expect(await world.look(later(30_000))).toBe(false);
  expect(await world.look(later(minute))).toBe(true);
  expect(await world.database.prisma.alert.count()).toBe(1);
});

test("two open alerts of a kind and a connection, or of a deployment, cannot be", async () => {
  const id = await lost();
  const { organizationId } = await connection(id);
  for (const connectionId of [id, null]) {
    const insert = () =>
      world.database.pool.query(
        `INSERT INTO alerts (id, organization_id, connection_id, kind, status, message, opened_at)
         VALUES (gen_random_uuid(), $1, $2, 'QUOTA', 'OPEN', '', now())`,
        [organizationId, connectionId],
      );
    await insert();
    await expect(insert()).rejects.toMatchObject({ code: "23505" });
  }
});

test("a look asks as many statements for a hundred connections as for one", async () => {
  const statements = async (at: Date): Promise<number> => {
    const spy = jest.spyOn(Client.prototype, "query");
    await world.look(at);
    const count = spy.mock.calls.length;
    spy.mockRestore();
    return count;
  };
  await world.connected();
  const one = await statements(now);
  for (let made = 0; made < 100; made++) await world.run(await world.connected(), later(-7 * hour));
  expect(await statements(later(2 * minute))).toBe(one);
});
