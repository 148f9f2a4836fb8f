import { z } from "zod";
import { select, type Condition } from "../../quickbooks/statements.js";
import { overlapMs, scopeConditions, type EntitySync } from "./context.js";
import { createTimeOf } from "./record-times.js";

/** A checkpoint of the reading of one entity: half open, `from` <= time < `to`. */
export interface Range {
  readonly number: number;
  readonly property: "CREATE_TIME" | "LAST_UPDATED_TIME";
  readonly from: Date | null;
  readonly to: Date | null;
  readonly cursor: Date | null;
  readonly done: boolean;
}

export const propertyNames = {
  CREATE_TIME: "MetaData.CreateTime",
  LAST_UPDATED_TIME: "MetaData.LastUpdatedTime",
} as const satisfies Record<Range["property"], string>;

/** From how many records on a range of its own pays for the call that finds its border. */
const recordsPerRange = 5_000;
const mostRanges = 4;

const rangeRow = z.object({
  number: z.number(),
  property: z.enum(["CREATE_TIME", "LAST_UPDATED_TIME"]),
  from: z.date().nullable(),
  to: z.date().nullable(),
  cursor: z.date().nullable(),
  done: z.boolean(),
});

/** From here on, ranges are numbered that an incremental run reads changes by; below, those of a complete reading. */
export const firstChangeRange = 1_000;

/** The ranges of a complete reading of an entity in this run, or none where they are still to be planned. */
export async function readRanges({ database, run, plugin }: EntitySync): Promise<Range[]> {
  const { rows } = await database.pool.query(
    `SELECT number, property, "from", "to", cursor, done FROM sync_ranges WHERE run_id = $1 AND entity = $2 AND number < $3 ORDER BY number`,
    [run.id, plugin.name, firstChangeRange],
  );
  return z.array(rangeRow).parse(rows);
}

/**
 * Cuts the company's history into ranges of creation times of about as many records each, and one range of changes since the
 * bound to catch up with. Borders are times that never change, so a range is read the same after any interruption.
 */
export async function planRanges(sync: EntitySync, expected: number): Promise<Omit<Range, "cursor" | "done">[]> {
  const end = new Date(Math.ceil((sync.bound.getTime() + 1) / 1000) * 1000);
  const number = Math.min(mostRanges, Math.ceil(expected / recordsPerRange));
  const borders = await Promise.all(
    Array.from({ length: Math.max(0, number - 1) }, (_, index) =>
      createTimeAt(sync, Math.floor((expected * (index + 1)) / number) + 1, end),
    ),
  );
  const times = [...new Set(borders.flatMap((border) => border?.getTime() ?? []))].sort((a, b) => a - b);
  const starts = [null, ...times.map((time) => new Date(time))];
  return [
    ...starts.map((from, index) => ({
      number: index,
      property: "CREATE_TIME" as const,
      from,
      to: starts[index + 1] ?? end,
    })),
    {
      number: starts.length,
      property: "LAST_UPDATED_TIME",
      from: new Date(sync.bound.getTime() - overlapMs),
      to: null,
    },
  ];
}

export function rangeConditions(property: Range["property"], from: Date | null, to: Date | null): Condition[] {
  return [
    ...(from === null ? [] : [{ property: propertyNames[property], operator: ">=", value: from } as const]),
    ...(to === null ? [] : [{ property: propertyNames[property], operator: "<", value: to } as const]),
  ];
}

/** When the record at this place (from 1) of the history was created. */
async function createTimeAt(sync: EntitySync, startPosition: number, end: Date): Promise<Date | undefined> {
  const statement = select(sync.plugin.name, {
    where: [...scopeConditions(sync), ...rangeConditions("CREATE_TIME", null, end)],
    orderBy: { property: propertyNames.CREATE_TIME, direction: "ASC" },
    startPosition,
    maxResults: 1,
  });
  const { records } = await sync.company.query(statement, sync.signal);
  return records[0] && createTimeOf(records[0]);
}
