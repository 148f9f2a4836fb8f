import { z } from "zod";
import type { EntityPlugin } from "../../plugins/plugin.js";
import { RequestRejected, UnreadableResult } from "../../quickbooks/errors.js";
import { maxPageSize, select, type Statement } from "../../quickbooks/statements.js";
import type { RunSync } from "../full/context.js";
import { readAround } from "../full/poison.js";
import { propertyNames } from "../full/ranges.js";
import { storeAnswer } from "../inbox/refresh.js";

/** A page of a query, to be read again in parts. */
interface Window {
  readonly text: string;
  /** Records before the page. */
  readonly offset: number;
}

const placeRows = z.array(z.object({ id: z.string(), place: z.string() }));

/**
 * Reads the pages again in which failures were met whose records have no id that could be read. Where a page is sound now, its
 * failures are resolved; where it is not, they are kept, with one more attempt. Returns how many are kept.
 */
export async function rereadPlaces(
  sync: RunSync,
  plugin: EntityPlugin,
  failureIds: readonly string[],
): Promise<number> {
  if (failureIds.length === 0) return 0;
  const { rows } = await sync.database.pool.query(
    "SELECT id, place FROM record_failures WHERE id = ANY($1) AND quickbooks_id IS NULL AND place IS NOT NULL AND status <> 'RESOLVED'",
    [failureIds],
  );
  const windows = new Map<string, { readonly window: Window | undefined; readonly ids: string[] }>();
  for (const { id, place } of placeRows.parse(rows)) {
    const window = windowAt(place, plugin);
    const key = JSON.stringify(window ?? null);
    const known = windows.get(key) ?? { window, ids: [] };
    windows.set(key, { window, ids: [...known.ids, id] });
  }
  let kept = 0;
  for (const { window, ids } of windows.values()) {
    const isSound = window !== undefined && (await isSoundNow(sync, plugin, window));
    await settle(sync, ids, isSound);
    if (!isSound) kept += ids.length;
  }
  return kept;
}

/** undefined for a place that no query leads to. */
export function windowAt(place: string, plugin: EntityPlugin): Window | undefined {
  const request = place.replace(/^record \d+ of: /, "");
  const query = /^(SELECT \* FROM .*?)(?: STARTPOSITION (\d+))?(?: MAXRESULTS \d+)?$/.exec(request);
  if (query !== null) {
    const [, text = "", start = "1"] = query;
    return { text, offset: Math.floor((Number(start) - 1) / maxPageSize) * maxPageSize };
  }
  const since = /^cdc of .* since (\S+)$/.exec(request)?.[1];
  if (since === undefined) return undefined;
  const property = propertyNames.LAST_UPDATED_TIME;
  const changed = select(plugin.name, {
    where: [{ property, operator: ">=", value: new Date(since) }],
    orderBy: { property, direction: "ASC" },
  });
  return { text: changed.text, offset: 0 };
}

async function isSoundNow(sync: RunSync, plugin: EntityPlugin, { text, offset }: Window): Promise<boolean> {
  const statement = (start: number, size: number): Statement => ({
    entity: plugin.name,
    text: `${text} STARTPOSITION ${offset + start} MAXRESULTS ${size}`,
  });
  try {
    const page = await readAround((start, size) => sync.company.query(statement(start, size), sync.signal));
    const { unreadable, answeredAt, request } = page;
    const records = page.records.filter(({ id }) => id !== undefined);
    if (records.length > 0) await storeAnswer(sync, plugin, { records, answeredAt, request });
    return unreadable.length === 0 && records.length === page.records.length;
  } catch (error) {
    if (error instanceof RequestRejected || error instanceof UnreadableResult) return false;
    throw error;
  }
}

async function settle({ database, progress, run }: RunSync, ids: readonly string[], isSound: boolean): Promise<void> {
  await database.transaction(async (client) => {
    await client.query(
      isSound
        ? "UPDATE record_failures SET status = 'RESOLVED' WHERE id = ANY($1)"
        : `UPDATE record_failures SET run_id = $2, attempts = attempts + 1, last_seen_at = now(), status = 'OPEN' WHERE id = ANY($1)`,
      isSound ? [ids] : [ids, run.id],
    );
    await progress.touch(client);
  });
}
