import { UnreadableResult } from "../../quickbooks/errors.js";
import { maxPageSize } from "../../quickbooks/statements.js";
import type { RecordsRead } from "../company.js";
import type { Unreadable } from "../store/store.js";

/** A page, without the records that QuickBooks itself cannot give. */
export interface PageRead extends RecordsRead {
  readonly unreadable: readonly Unreadable[];
}

/**
 * Reads a page. Where one broken record makes QuickBooks fail the whole answer (4002, 10000), the page is read by halves until that
 * record is alone: it becomes a failure by its place, since nobody can tell its id (I4), and the others are kept.
 */
export async function readAround(
  read: (startPosition: number, maxResults: number) => Promise<RecordsRead>,
): Promise<PageRead> {
  const parts: RecordsRead[] = [];
  const unreadable: Unreadable[] = [];
  const readPart = async (start: number, size: number): Promise<void> => {
    try {
      parts.push(await read(start, size));
    } catch (error) {
      if (!(error instanceof UnreadableResult)) throw error;
      if (size === 1) {
        unreadable.push({ position: start, reason: error.message });
        return;
      }
      const half = Math.ceil(size / 2);
      await readPart(start, half);
      await readPart(start + half, size - half);
    }
  };
  await readPart(1, maxPageSize);
  const [first, ...others] = parts;
  if (first === undefined) throw new UnreadableResult("QuickBooks can give no record of this page.");
  return { ...first, records: [first, ...others].flatMap(({ records }) => records), unreadable };
}
