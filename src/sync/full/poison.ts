import type { RecordSlice } from "../../foundation/json.js";
import { UnreadableResult } from "../../quickbooks/errors.js";
import { maxPageSize } from "../../quickbooks/statements.js";
import type { RecordsRead } from "../company.js";
import type { Unreadable } from "../store/store.js";

/** A page, without the records that QuickBooks itself cannot give. */
export interface PageRead extends RecordsRead {
  readonly unreadable: readonly Unreadable[];
}

type ReadPart = (startPosition: number, maxResults: number) => Promise<RecordsRead>;

/** Rounds without a new record after which none is expected: one that can be given is hidden from a round about every third time. */
const quietRounds = 8;

/**
 * Reads a page. Where one broken record makes QuickBooks fail the whole answer (4002, 10000), the page is read by halves until that
 * record is alone: it becomes a failure by its place, since nobody can tell its id (I4), and the others are kept.
 *
 * Among equal times QuickBooks promises no order, so that a record may fall between two parts. Then another stands in both, and the
 * page is read in parts again, until there are as many records as places. What is still missing when nothing new comes, is broken.
 */
export async function readAround(read: ReadPart): Promise<PageRead> {
  const seen = new Map<string, RecordSlice>();
  let page: RecordsRead | undefined;
  for (let quiet = 0; ; quiet += 1) {
    const { parts, broken, reason } = await readParts(read);
    const [first] = parts;
    if (first === undefined) throw new UnreadableResult("QuickBooks can give no record of this page.");
    if (reason === undefined && page === undefined) return { ...first, unreadable: [] };
    // What earlier rounds showed is taken as they did, under the time of the first answer.
    page ??= first;
    const shown = parts.flatMap(({ records }) => records);
    for (const record of shown) {
      if (record.id === undefined || seen.has(record.id)) continue;
      seen.set(record.id, record);
      quiet = 0;
    }
    const records = inOrderOf(shown, seen);
    const missing = shown.length + broken.length - records.length;
    if (missing > broken.length && quiet < quietRounds) continue;
    return { ...page, records, unreadable: missing > broken.length ? placeless(missing, reason) : broken };
  }
}

interface Parts {
  readonly parts: readonly RecordsRead[];
  /** The places of single records that could not be read. */
  readonly broken: readonly Unreadable[];
  /** Why a part could not be read; undefined where the page could be as a whole. */
  readonly reason: string | undefined;
}

async function readParts(read: ReadPart): Promise<Parts> {
  const parts: RecordsRead[] = [];
  const broken: Unreadable[] = [];
  let reason: string | undefined;
  const readPart = async (start: number, size: number): Promise<void> => {
    try {
      parts.push(await read(start, size));
    } catch (error) {
      if (!(error instanceof UnreadableResult)) throw error;
      reason = error.message;
      if (size === 1) {
        broken.push({ position: start, reason });
        return;
      }
      const half = Math.ceil(size / 2);
      await readPart(start, half);
      await readPart(start + half, size - half);
    }
  };
  await readPart(1, maxPageSize);
  return { parts, broken, reason };
}

/** All that was seen, each once: what one reading shows stands last, in its order, for the next page goes on from its end. */
function inOrderOf(shown: readonly RecordSlice[], seen: ReadonlyMap<string, RecordSlice>): RecordSlice[] {
  const ids = new Set(shown.flatMap(({ id }) => id ?? []));
  const nameless = shown.filter(({ id }) => id === undefined);
  const earlier = [...seen].flatMap(([id, record]) => (ids.has(id) ? [] : record));
  return [...nameless, ...earlier, ...[...ids].flatMap((id) => seen.get(id) ?? [])];
}

/** Broken records that stand in another place each time are known by their number alone. */
function placeless(number: number, reason = "QuickBooks cannot give it."): Unreadable[] {
  return Array.from({ length: number }, (_, index) => ({ position: index + 1, reason }));
}
