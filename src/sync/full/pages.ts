import { z } from "zod";
import { RetryLater } from "../../quickbooks/errors.js";
import { maxPageSize, select, type Statement } from "../../quickbooks/statements.js";
import type { RecordsRead } from "../company.js";
import { scopeConditions, type EntitySync } from "./context.js";
import { propertyNames, rangeConditions, type Range } from "./ranges.js";
import { readAround, type PageRead } from "./poison.js";
import { timeOf } from "./record-times.js";

/** One answer of a range: its records, and where the range goes on once they are stored. */
export interface RangePage extends PageRead {
  /** Where the next page begins; undefined: nowhere, the range is read. */
  readonly next: Date | undefined;
}

const second = 1000;
/** How often a crowded second is read through: in random order, ten times show every one of 17,000 records. */
const mostRounds = 50;

/**
 * The pages of a range, each beginning at the time the last one ended with (keyset paging: nothing shifts when records come and
 * go), without the records that the page before ended with. The next page is asked for while the last one is being stored.
 */
export async function* pagesOf(sync: EntitySync, range: Range): AsyncGenerator<RangePage, void, undefined> {
  let stored = await lastStoredIds(sync, range);
  let page = await readPage(sync, range, range.cursor ?? range.from);
  for (;;) {
    const { next } = page;
    const ahead = next === undefined ? undefined : readPage(sync, range, next);
    // Its failure is met when it is awaited; until then it must not count as unhandled.
    ahead?.catch(() => undefined);
    const before = stored;
    stored = new Set(idsOf(page));
    yield { ...page, records: page.records.filter(({ id }) => id === undefined || !before.has(id)) };
    if (ahead === undefined) return;
    page = await ahead;
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

/** One answer, or all of a second that holds more records than an answer. */
async function readPage(sync: EntitySync, range: Range, from: Date | null): Promise<RangePage> {
  const answer = await readAround((startPosition, maxResults) =>
    read(sync, pageStatement(sync, range, from, range.to, startPosition, maxResults)),
  );
  if (answer.records.length + answer.unreadable.length < maxPageSize) return { ...answer, next: undefined };
  const next = lastTime(answer, range);
  return from === null || next > from ? { ...answer, next } : readSecond(sync, range, from);
}

/**
 * All records of one second, by position. Among equal times QuickBooks promises no order: they are read through again until as
 * many different ones were seen as it counts there, while none came or went. Throws RetryLater where that does not come about.
 */
async function readSecond(sync: EntitySync, range: Range, from: Date): Promise<RangePage> {
  const to = new Date(from.getTime() + second);
  const where = [...scopeConditions(sync), ...rangeConditions(range.property, from, to)];
  const count = (): Promise<number> => sync.company.count(sync.plugin, where, sync.signal);
  let seen: PageRead | undefined;
  let expected = await count();
  for (let round = 0; round < mostRounds; round += 1) {
    for (let place = 0; place < expected; place += maxPageSize) {
      const { unreadable, ...answer } = await readAround((start, maxResults) =>
        read(sync, pageStatement(sync, range, from, to, place + start, maxResults)),
      );
      const placed = unreadable.map((each) => ({ ...each, position: place + each.position }));
      seen = union(seen, { ...answer, unreadable: placed });
    }
    const counted = await count();
    if (counted === expected && seen !== undefined && seen.records.length + seen.unreadable.length >= expected)
      return { ...seen, next: to };
    if (counted !== expected) seen = undefined;
    expected = counted;
  }
  throw new RetryLater(
    `QuickBooks gives the ${expected} ${sync.plugin.name} records of ${from.toISOString()} in ever another order, so not all of them could be read.`,
  );
}

/** A record that both have is taken as the first had it, whose time of answer is the union's. */
function union(one: PageRead | undefined, other: PageRead): PageRead {
  if (one === undefined) return other;
  const known = new Set(idsOf(one));
  const records = other.records.filter(({ id }) => id === undefined || !known.has(id));
  const places = new Set(one.unreadable.map(({ position }) => position));
  const unreadable = other.unreadable.filter(({ position }) => !places.has(position));
  return { ...one, records: [...one.records, ...records], unreadable: [...one.unreadable, ...unreadable] };
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
