import { z } from "zod";
import { parseExact } from "../../foundation/json.js";
import type { Payload } from "../../plugins/writes.js";
import type { Answer } from "../../quickbooks/client.js";
import { ObjectNotFound, RetryLater } from "../../quickbooks/errors.js";
import type { Page } from "../store/store.js";
import type { Pushing } from "./context.js";
import { assertLife, type Settling } from "./held.js";

const payloadOf = z.record(z.string(), z.unknown());

/** The record of an answer about a single one, with all its digits. */
export const payloadIn = ({ records }: Answer): Payload => payloadOf.parse(parseExact(records[0]?.text() ?? "null"));

/** A record as QuickBooks has it now; undefined where it answers that nothing has this id (610). */
export type ReadNow = Payload | undefined;

/** What is done in the transaction that stores what was read. */
export type WithRead = (settling: Settling, now: ReadNow) => Promise<void>;

const nowRow = z.object({ now: z.date() });
const mostReads = 3;

/**
 * Reads the record by id and stores it in the ordinary way, which compares what waits of it; a record that is gone is removed on that
 * evidence (I3). Read again where its age cannot be told (I1).
 */
export async function readAndStore(
  { services, change, plugin, company, signal }: Pushing,
  quickbooksId: string,
  alongside?: WithRead,
): Promise<ReadNow> {
  const { database, store } = services;
  for (let reads = 1; reads <= mostReads; reads++) {
    const { rows } = await database.pool.query("SELECT clock_timestamp() AS now");
    const settlesFrom = nowRow.parse(rows[0]).now;
    const answer = await readById(() => company.read(plugin.name, quickbooksId, signal));
    if (answer === undefined) {
      await store.remove(change, plugin, [quickbooksId], async (client, _, events) => {
        await assertLife(client, change);
        await alongside?.({ client, events }, undefined);
      });
      return undefined;
    }
    const { connectionId, epoch, runId } = change;
    const request = `${plugin.name} ${quickbooksId}`;
    const page: Page = { connectionId, epoch, runId, plugin, request, settlesFrom, ...answered(answer) };
    const now = payloadIn(answer);
    const isLast = reads === mostReads;
    const { reread } = await store.save(page, async (client, saved, events) => {
      await assertLife(client, change);
      if (saved.reread.length === 0 || isLast) await alongside?.({ client, events }, now);
    });
    if (reread.length === 0 || isLast) return now;
  }
  throw new RetryLater(`${plugin.name} ${quickbooksId} changes faster than it can be read. It is tried again later.`);
}

const answered = ({ records, time }: Answer): Pick<Page, "records" | "answeredAt"> => ({ records, answeredAt: time });

async function readById(read: () => Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ObjectNotFound) return undefined;
    throw error;
  }
}
