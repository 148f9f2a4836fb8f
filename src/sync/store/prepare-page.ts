import { setImmediate } from "node:timers/promises";
import type { RecordSlice } from "../../foundation/json.js";
import type { LeftOut } from "../erasure/left-out.js";
import { isRefused, prepare, type Prepared, type Refused } from "./prepare.js";
import type { Page, Unreadable } from "./store.js";

/** Records that are prepared without a pause: requests and events are answered between two portions. */
const preparedAtOnce = 50;

export function* portionsOf<Element>(all: readonly Element[], size: number): Generator<readonly Element[]> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size);
}

/** The records of a page that can be written, and those that cannot. */
export interface PreparedPage {
  readonly records: readonly Prepared[];
  readonly refused: readonly Refused[];
}

/** `changed` are records with their places in the page. */
export async function preparePage(
  changed: readonly (readonly [number, RecordSlice])[],
  page: Page & { readonly leftOut: LeftOut },
): Promise<PreparedPage> {
  const prepared = new Map<string, Prepared>();
  const refused = (page.unreadable ?? []).map(unreadableRecord);
  for (const portion of portionsOf(changed, preparedAtOnce)) {
    for (const [position, slice] of portion) {
      const record = prepare(slice, position, page);
      if (isRefused(record)) refused.push(record);
      else prepared.set(record.quickbooksId, record);
    }
    await setImmediate();
  }
  // In order of id, so that two transactions never wait for each other (F14).
  const records = [...prepared.values()].sort((a, b) => (a.quickbooksId < b.quickbooksId ? -1 : 1));
  return { records, refused };
}

const unreadableRecord = ({ id, position, reason }: Unreadable): Refused => ({
  quickbooksId: id ?? null,
  position: position - 1,
  code: "UNREADABLE_RECORD",
  reason,
  payload: "",
});
