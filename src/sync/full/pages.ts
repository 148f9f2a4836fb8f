import { z } from "zod";
import { maxPageSize, select, type Statement } from "../../quickbooks/statements.js";
import type { RecordsRead } from "../company.js";
import { scopeConditions, type EntitySync } from "./context.js";
import { propertyNames, rangeConditions, type Range } from "./ranges.js";
import { readAround } from "./poison.js";
import { timeOf } from "./record-times.js";

/** One answer of a range: its records, and where the range goes on once they are stored. */
export interface RangePage extends RecordsRead {
  /** Where the next page begins; undefined: nowhere, the range is read. */
  readonly next: Date | undefined;
  /** One of several that share a second. */
  readonly isSecond?: true;
}

const second = 1000;

/**
 * The pages of a range, each beginning at the time the last one ended with (keyset paging: nothing shifts when records come and
 * go), without the records that the page before ended with. The next page is asked for while the last one is being stored.
 */
export async function* pagesOf(sync: EntitySync, range: Range): AsyncGenerator<RangePage, void, undefined> {
  let stored = await lastStoredIds(sync, range);
  let pages = await readPage(sync, range, range.cursor ?? range.from);
  for (;;) {
    const next = pages.at(-1)?.next;
    const ahead = next === undefined ? undefined : readPage(sync, range, next);
    // Its failure is met when it is awaited; until then it must not count as unhandled.
    ahead?.catch(() => undefined);
    for (const page of pages) {
      const before = stored;
      // Within one crowded second pages may repeat any that came before.
      stored = new Set([...(page.isSecond ? before : []), ...idsOf(page)]);
      yield { ...page, records: page.records.filter(({ id }) => id === undefined || !before.has(id)) };
    }
    if (ahead === undefined) return;
    pages = await ahead;
  }
}

/** What the last committed page of a range held, where it is read on after an interruption. */
async function lastStoredIds({ database, run, plugin }: EntitySync, range: Range): Promise<ReadonlySet<string>> {
  if (range.cursor === null) return new Set();
  const { rows } = await database.pool.query(
    "SELECT ids FROM sync_pages WHERE run_id = $1 AND entity = $2 AND range = $3 ORDER BY id DESC LIMIT 1",
    [run.id, plugin.name, range.number],
  );
  return new Set(
    z
      .object({ ids: z.array(z.string()) })
      .optional()
      .parse(rows[0])?.ids,
  );
}

/** Mostly one page; several where one second holds more records than a page. */
async function readPage(sync: EntitySync, range: Range, from: Date | null): Promise<RangePage[]> {
  const answer = await readAround((startPosition, maxResults) =>
    read(sync, pageStatement(sync, range, from, range.to, startPosition, maxResults)),
  );
  if (answer.records.length + answer.unreadable.length < maxPageSize) return [{ ...answer, next: undefined }];
  const next = lastTime(answer, range);
  if (from === null || next > from) return [{ ...answer, next }];
  return readSecond(sync, range, from, answer);
}

/**
 * All records of one second that fills a page, by position, until as many different ones were seen as QuickBooks counts there:
 * among equal times it promises no order.
 */
async function readSecond(sync: EntitySync, range: Range, from: Date, first: RecordsRead): Promise<RangePage[]> {
  const to = new Date(from.getTime() + second);
  const where = [...scopeConditions(sync), ...rangeConditions(range.property, from, to)];
  const expected = await sync.company.count(sync.plugin, where, sync.signal);
  const answers: RecordsRead[] = [first];
  const seen = new Set(idsOf(first));
  // Twice through is enough unless records come faster than they are read.
  for (let asked = 1; seen.size < expected && asked < 2 * Math.ceil(expected / maxPageSize) + 2; asked++) {
    const place = (asked * maxPageSize) % (Math.ceil(expected / maxPageSize) * maxPageSize);
    const answer = await readAround((start, maxResults) =>
      read(sync, pageStatement(sync, range, from, to, place + start, maxResults)),
    );
    for (const id of idsOf(answer)) seen.add(id);
    answers.push(answer);
  }
  return answers.map((answer, index) => ({
    ...answer,
    next: index === answers.length - 1 ? to : from,
    isSecond: true,
  }));
}

function pageStatement(
  sync: EntitySync,
  { property }: Pick<Range, "property">,
  from: Date | null,
  to: Date | null,
  startPosition: number,
  maxResults: number,
): Statement {
  return select(sync.plugin.name, {
    where: [...scopeConditions(sync), ...rangeConditions(property, from, to)],
    orderBy: { property: propertyNames[property], direction: "ASC" },
    startPosition,
    maxResults,
  });
}

const read = (sync: EntitySync, statement: Statement): Promise<RecordsRead> =>
  sync.company.query(statement, sync.signal);

const idsOf = ({ records }: RecordsRead): string[] => records.flatMap(({ id }) => id ?? []);

/** The time of the last record that has one: the records before it are not newer. */
function lastTime({ records, request }: RecordsRead, { property }: Range): Date {
  for (const record of [...records].reverse()) {
    const time = timeOf(record, property);
    if (time !== undefined) return time;
  }
  throw new Error(
    `No record of a full page says when it was made or changed, so there is no place to go on from: ${request}`,
  );
}
