import { afterEach, expect, test } from "@jest/globals";
import { Clock, type Company } from "../../simulator/index.js";
import { mirrorDifferences } from "../support/comparing.js";
import { companyOf } from "../support/company.js";
import { engineBench, type EngineBench } from "../support/engine.js";

const realmId = "9130000000000049";
/** Pacific time falls back at 09:00 UTC of this day. To come, so that QuickBooks' memory of changes is not at its end. */
const autumnNight = "2032-11-07";
const minute = 60_000;

let bench: EngineBench;
let company: Company;
let connectionId: string;

async function open(clock: Clock): Promise<void> {
  bench = await engineBench([{ realmId, seed: "clocks", size: 80 }], { clock });
  company = companyOf(bench, realmId);
  connectionId = await bench.connect(realmId);
  expect((await bench.fullSync(connectionId)).status).toBe("SUCCEEDED");
}

afterEach(() => bench.stop());

const idOf = (index: number): string => [...company.records("Customer")][index]?.id ?? "";
const sync = async () => expect((await bench.incrementalSync(connectionId)).status).toBe("SUCCEEDED");
const compare = () => mirrorDifferences(bench, connectionId, realmId);

test("F15: in the night that has an hour twice, a change at 01:30 and one at 01:10 an hour's change of offset later are both mirrored", async () => {
  const clock = new Clock();
  clock.set(Date.parse(`${autumnNight}T08:00:00Z`));
  await open(clock);
  const changeAt = (time: string, index: number): string => {
    clock.set(Date.parse(`${autumnNight}T${time}Z`));
    company.change("Customer", idOf(index), { Notes: `changed at ${time}` });
    return company.record("Customer", idOf(index))?.text ?? "";
  };
  expect(changeAt("08:30:00", 1)).toContain(`"LastUpdatedTime":"${autumnNight}T01:30:00-07:00"`);
  await sync();
  expect(await compare()).toEqual([]);
  expect(changeAt("09:10:00", 2)).toContain(`"LastUpdatedTime":"${autumnNight}T01:10:00-08:00"`);
  await sync();
  expect(await compare()).toEqual([]);
  const { watermark } = await bench.database.prisma.mirrorStatus.findUniqueOrThrow({
    where: { connectionId_entity: { connectionId, entity: "Customer" } },
  });
  expect(watermark?.toISOString()).toMatch(new RegExp(`^${autumnNight}T09:10:`));
});

test.each([
  ["ahead of", 6],
  ["behind", -6],
])(
  "F15: with QuickBooks' clock %s ours by six minutes, nothing that becomes visible late is missed",
  async (_, skew) => {
    const clock = new Clock();
    clock.advance((skew - 20) * minute);
    await open(clock);
    clock.advance(20 * minute);
    company.change("Customer", idOf(3), { Notes: "visible only later" }, { visibleAfterMs: 100_000 });
    await sync();
    clock.advance(100_000);
    await sync();
    expect(company.record("Customer", idOf(3))?.text).toContain("visible only later");
    expect(await compare()).toEqual([]);
  },
);
