import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { openDatabase, type Database } from "../../src/foundation/database/database.js";
import * as fixtures from "../fixtures/index.js";
import type { Payload } from "../fixtures/payload.js";
import { pluginOf } from "../plugins/support.js";
import { freshDatabase, type FreshDatabase } from "../support/database.js";
import { Mirror } from "./mirror.js";

let fresh: FreshDatabase;
let database: Database;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = openDatabase(fresh.url, { log: { warn: () => undefined } });
});

afterAll(async () => {
  await database.close();
  await fresh.drop();
});

describe.each(Object.values(fixtures))("$entity, through the store", (fixture) => {
  const { entity, base } = fixture;
  const plugin = pluginOf(entity);
  const id = base["Id"];
  const another: Payload = { ...base, Id: "777000" };
  const newMirror = () => new Mirror(database, plugin);

  /** What the mirror holds of the record is what the plugin makes of this payload. */
  async function expectMirrored(mirror: Mirror, payload: Payload, version: number): Promise<void> {
    const { row, children, state } = plugin.takeIn(payload);
    const record = await mirror.record(payload["Id"]);
    expect(record).toMatchObject({ row, state, version, is_stale: false });
    expect(await mirror.children(record?.id ?? "")).toEqual(children);
  }

  test("a new record is there whole, with its payload", async () => {
    const mirror = newMirror();
    expect(await mirror.save(base)).toMatchObject({ created: 1, updated: 0, refused: 0 });
    await expectMirrored(mirror, base, 1);
    expect((await mirror.record(id))?.raw).toEqual(base);
    expect(await mirror.counts()).toEqual({ ACTIVE: 1 });
  });

  test("an edit makes a new version", async () => {
    const mirror = newMirror();
    await mirror.save(base);
    expect(await mirror.save(fixture.changed)).toMatchObject({ created: 0, updated: 1 });
    await expectMirrored(mirror, fixture.changed, 2);
  });

  test("its end shows in its state, its children and the totals", async () => {
    const mirror = newMirror();
    await mirror.save(base, another);
    await mirror.save(fixture.ended.payload);
    await expectMirrored(mirror, fixture.ended.payload, 2);
    expect(await mirror.counts()).toEqual({ ACTIVE: 1, [fixture.ended.state]: 1 });
  });

  test("once removed, an answer read before does not bring it back", async () => {
    const mirror = newMirror();
    await mirror.save(base);
    expect(await mirror.remove(String(id))).toBe(1);
    expect(await mirror.save(base)).toMatchObject({ updated: 0, reread: [id] });
    expect(await mirror.record(id)).toMatchObject({ state: "DELETED", version: 2 });
    expect(await mirror.counts()).toEqual({ DELETED: 1 });
  });

  test("a malformed state is a failure with its problem, leaves the last good one stale, and costs the others nothing", async () => {
    const mirror = newMirror();
    await mirror.save(base);
    await mirror.save(fixture.malformed.payload, another);
    expect(await mirror.record(id)).toMatchObject({ version: 1, is_stale: true });
    await expectMirrored(mirror, another, 1);
    const reason = expect.stringContaining(fixture.malformed.problem);
    expect(await mirror.failures()).toEqual([{ quickbooks_id: id, code: "INVALID_RECORD", reason, status: "OPEN" }]);
  });

  test("a failure is resolved when the record can be taken in again", async () => {
    const mirror = newMirror();
    await mirror.save(fixture.malformed.payload);
    await mirror.save(base);
    await expectMirrored(mirror, base, 1);
    expect(await mirror.failures()).toMatchObject([{ status: "RESOLVED" }]);
  });

  test.each([
    [["base", "changed", "ended"]],
    [["base", "ended", "changed"]],
    [["changed", "base", "ended"]],
    [["changed", "ended", "base"]],
    [["ended", "base", "changed"]],
    [["ended", "changed", "base"]],
  ] as const)("in whatever order its states come (%j), the newest stays", async (order) => {
    const mirror = newMirror();
    const states = { base, changed: fixture.changed, ended: fixture.ended.payload };
    for (const name of order) await mirror.save(states[name]);
    const { row, state } = plugin.takeIn(states.ended);
    expect(await mirror.record(id)).toMatchObject({ row, state });
  });

  test("the same again changes nothing", async () => {
    const mirror = newMirror();
    await mirror.save(base);
    expect(await mirror.save(base)).toMatchObject({ created: 0, updated: 0, unchanged: 1, reread: [] });
    await expectMirrored(mirror, base, 1);
  });

  test("the same read another way makes no new version", async () => {
    const mirror = newMirror();
    await mirror.save(base);
    expect(await mirror.save(fixture.readAnotherWay)).toMatchObject({ updated: 0, unchanged: 1, reread: [] });
    await expectMirrored(mirror, base, 1);
  });

  test("what nobody knows yet is kept in the payload and disturbs nothing", async () => {
    const mirror = newMirror();
    await mirror.save(fixture.withUnknownFields);
    await expectMirrored(mirror, base, 1);
    expect((await mirror.record(id))?.raw).toEqual(fixture.withUnknownFields);
  });

  test("without all that is optional it is there, the rest null", async () => {
    const mirror = newMirror();
    await mirror.save(fixture.bare);
    await expectMirrored(mirror, fixture.bare, 1);
  });

  test("an answer without the time of the last update is taken in, and agrees with a later one that has it", async () => {
    const mirror = newMirror();
    await mirror.save(fixture.withoutUpdateTime);
    expect((await mirror.record(id))?.updated_in_quickbooks_at).toBeNull();
    await mirror.save(base);
    await expectMirrored(mirror, base, 1);
  });

  test("what PostgreSQL cannot hold is refused alone", async () => {
    const mirror = newMirror();
    const text = JSON.stringify(base);
    const unstorable = [
      text.replace(`"Id":"${String(id)}"`, `"Id":"1","Extra":"\\u0000"`),
      text.replace(`"Id":"${String(id)}"`, `"Id":"2","Extra":"\\ud83d"`),
      text.replace(`"Id":"${String(id)}"`, `"Id":"3","Extra":1e999999`),
    ];
    const saved = await mirror.saveText(...unstorable, text, JSON.stringify(another));
    expect(saved.created).toBe(2);
    expect(saved.refused).toBe(3);
    await expectMirrored(mirror, base, 1);
  });
});
