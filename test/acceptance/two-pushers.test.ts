import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { z } from "zod";
import { until } from "../support/until.js";
import { mostWithin } from "./calls.js";
import { effectsIn, makeEdits, officeEdits, type KeptEdit } from "./office-edits.js";
import { report } from "./report.js";
import { startWorkers, type Connected, type Workers } from "./workers.js";
import { isFull } from "./world.js";

const edits = isFull ? 300 : 40;
const mostMs = isFull ? 600_000 : 240_000;

let workers: Workers;
let company: Connected;

beforeAll(async () => {
  workers = await startWorkers({ companies: 1, size: 3 * edits + 200, workers: 1 });
  const [only] = workers.companies;
  if (only === undefined) throw new Error("The company is missing.");
  company = only;
  await workers.ended(company, mostMs);
}, mostMs);

afterAll(() => workers.remove());

const changeRow = z.object({ status: z.string(), generation: z.number(), fence: z.number() });

async function change({ localChangeId }: KeptEdit) {
  const query = `SELECT status::text, generation, fence FROM local_changes WHERE id = '${localChangeId}'`;
  const [row] = await workers.look(changeRow, query);
  if (row === undefined) throw new Error("The local change is missing.");
  return row;
}

const partOf = ({ localChangeId }: KeptEdit): string => localChangeId.replaceAll("-", "");

test(
  "F8: what a worker was sending when it was killed with kill -9 goes on in the other within 60 seconds, and has one effect",
  async () => {
    const [invoice] = (await officeEdits(workers, company, 1)).slice(0, 1);
    if (invoice === undefined) throw new Error("There is nothing to edit.");
    const spec = { kind: "hold-after", realmId: company.realmId, entity: "Invoice", operation: "write" };
    const { id } = z.object({ id: z.number() }).parse(await workers.simulator.control("POST", "faults", spec));
    const [kept] = await makeEdits(workers, company, [invoice]);
    if (kept === undefined) throw new Error("The edit was not kept.");
    await until(async () => ((await effectsIn(workers.simulator)).get(partOf(kept)) === 1 ? true : undefined), mostMs);
    expect(await change(kept)).toMatchObject({ status: "PUSHING", fence: 1 });
    const [sender] = workers.processes;
    await workers.startWorker();
    await sender?.kill();
    const killedMs = performance.now();
    await until(async () => ((await change(kept)).status === "PUSHED" ? true : undefined), mostMs);
    const seconds = (performance.now() - killedMs) / 1000;
    report("a push taken over from a killed worker", { seconds });
    expect(seconds).toBeLessThan(60);
    expect(await change(kept)).toEqual({ status: "PUSHED", generation: 0, fence: 2 });
    expect((await effectsIn(workers.simulator)).get(partOf(kept))).toBe(1);
    await workers.simulator.control("POST", `faults/${String(id)}/release`);
  },
  mostMs,
);

test(
  `I8, I13: two workers push ${String(edits)} edits, each once, and keep the limits together; one of them is killed meanwhile`,
  async () => {
    await workers.startWorker();
    await workers.simulator.control("DELETE", "requests");
    const kept = await makeEdits(workers, company, (await officeEdits(workers, company, edits + 1)).slice(1));
    await until(async () => ((await pushed()) > edits / 3 ? true : undefined), mostMs);
    await workers.processes[1]?.kill();
    await until(async () => ((await pushed()) === edits + 1 ? true : undefined), mostMs);
    const effects = await effectsIn(workers.simulator);
    expect(kept.map((each) => effects.get(partOf(each)))).toEqual(kept.map(() => 1));
    const asked = (await workers.simulator.requests()).filter(({ realmId }) => realmId === company.realmId);
    const times = asked.map(({ at }) => at).sort((a, b) => a - b);
    const [inSecond, inMinute] = [mostWithin(times, 1_000), mostWithin(times, 60_000)];
    report("pushed by two workers", { edits, calls: times.length, inSecond, inMinute });
    expect(asked.filter(({ status }) => status === 429)).toEqual([]);
    expect(inSecond).toBeLessThanOrEqual(10);
    expect(inMinute).toBeLessThanOrEqual(450);
  },
  mostMs,
);

async function pushed(): Promise<number> {
  const query = "SELECT count(*)::integer AS count FROM local_changes WHERE status = 'PUSHED'";
  return (await workers.look(z.object({ count: z.number() }), query))[0]?.count ?? 0;
}
