import type { PoolClient } from "pg";
import { z } from "zod";
import type { ExportFile } from "./files.js";
import type { ExportTable } from "./table.js";

/** What a file was made of, to tell that it is whole, and what the mirror itself lacked. */
export interface ExportEnd {
  /** Lines of each type. */
  readonly records: Readonly<Record<string, number>>;
  /** The instant that all of it is of, by the database's clock. */
  readonly readAt: Date;
  /** The number of the last change in the mirror; the change feed goes on behind it. Null for what is no mirror. */
  readonly mirrorVersion: string | null;
  /** Per entity, up to when by QuickBooks' clock the mirror was complete, and how many records could not be taken in. */
  readonly mirror: readonly MirrorState[];
}

const mirrorState = z.object({ type: z.string(), completeUpTo: z.date().nullable(), openFailures: z.number() });
type MirrorState = z.infer<typeof mirrorState>;

/** Records in memory at once: a few kilobytes each, a few hundred at most. */
const fetchedAtOnce = 100;

/** A client of a download that takes nothing for longer has been cut off before; this ends what is left of it here. */
const standingStillMs = 120_000;

export type Snapshot = Omit<ExportEnd, "records">;

/** Makes the client's transaction one instant of the database, and tells how the mirror stands in it. */
export async function takeSnapshot(
  client: PoolClient,
  connectionId: string | null,
  types: readonly string[],
): Promise<Snapshot> {
  await client.query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
  await client.query(`SET LOCAL idle_in_transaction_session_timeout = ${standingStillMs}`);
  const { rows } = await client.query(
    `SELECT now() AS "readAt", c.id, coalesce(s.last_number, 0)::text AS "mirrorVersion"
     FROM (SELECT $1::uuid AS id) c LEFT JOIN event_streams s ON s.name = 'change-numbers:' || c.id`,
    [connectionId],
  );
  const { readAt, mirrorVersion } = version.parse(rows[0]);
  if (connectionId === null) return { readAt, mirrorVersion: null, mirror: [] };
  const states = await client.query(
    `SELECT wanted.type, m.watermark AS "completeUpTo", (SELECT count(*)::integer FROM record_failures f
       WHERE f.connection_id = c.id AND f.epoch = c.epoch AND f.entity = wanted.type AND f.status = 'OPEN') AS "openFailures"
     FROM connections c CROSS JOIN unnest($2::text[]) WITH ORDINALITY AS wanted (type, place)
     LEFT JOIN mirror_status m ON m.connection_id = c.id AND m.epoch = c.epoch AND m.entity = wanted.type
     WHERE c.id = $1 ORDER BY wanted.place`,
    [connectionId, types],
  );
  return { readAt, mirrorVersion, mirror: z.array(mirrorState).parse(states.rows) };
}

const version = z.object({ readAt: z.date(), mirrorVersion: z.string() });

/** The text of a file, piece by piece as it is asked for. `ended` is told what it came to before the last piece. */
export async function* piecesOf(
  client: PoolClient,
  { tables, head, linesOf, foot }: ExportFile,
  snapshot: Snapshot,
  ended: (end: ExportEnd) => void,
): AsyncGenerator<string, void, undefined> {
  if (head !== "") yield head;
  const records: Record<string, number> = {};
  for (const table of tables) {
    let count = 0;
    for await (const batch of recordsOf(client, table)) {
      const lines = linesOf(batch);
      count += lines.length;
      yield lines.join("");
    }
    records[table.type] = count;
  }
  const end = { records, ...snapshot };
  ended(end);
  const last = foot(end);
  if (last !== "") yield last;
}

const fetched = z.array(z.object({ record: z.string() }));

/** The cursor is the transaction's, and ends with it however that ends. */
async function* recordsOf(client: PoolClient, { text, values }: ExportTable): AsyncGenerator<readonly string[]> {
  await client.query(`DECLARE exported NO SCROLL CURSOR FOR ${text}`, values);
  for (;;) {
    const { rows } = await client.query(`FETCH ${fetchedAtOnce} FROM exported`);
    if (rows.length === 0) break;
    yield fetched.parse(rows).map(({ record }) => record);
  }
  await client.query("CLOSE exported");
}
