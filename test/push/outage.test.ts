import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { openDatabase } from "../../src/foundation/database/database.js";
import { createLog } from "../../src/foundation/log.js";
import { freePort } from "../support/program.js";
import { pushOffice, type PushOffice } from "./office.js";

let office: PushOffice;

beforeAll(async () => {
  office = await pushOffice("9130000000000000409", { size: 10 });
});
afterAll(() => office.stop());

test("where the database is away, each who asks the pusher to look is answered by one line in the log, and it does not look again by itself", async () => {
  const lines: string[] = [];
  const log = createLog({ level: "error", destination: { write: (line) => lines.push(line) } });
  const database = openDatabase(`postgresql://nobody@127.0.0.1:${await freePort()}/nothing`, { log });
  const pusher = office.bench.newPusher({ database, log });
  for (const asked of [1, 2, 3]) {
    pusher.poke();
    await pusher.idle();
    expect(lines).toHaveLength(asked);
  }
  expect(lines[0]).toContain("could not be looked for");
  await pusher.stop();
  await database.close();
});
