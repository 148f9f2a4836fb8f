import type { PoolClient } from "pg";
import { z } from "zod";
import type { World } from "../world.js";
import { changedRequests, knownOf, lostInFolding, outOfOrder, wrongEnds } from "./edits.js";
import { untold } from "./edit-events.js";
import { brokenFeed, brokenVersions } from "./history.js";
import { mirrorDiffers } from "./mirror.js";
import { crowded, needlessRefreshes } from "./requests.js";
import * as rows from "./rows.js";
import { overwritten } from "./overwritten.js";
import { brokenStreams } from "./streams.js";
import { watermarksAhead, watermarksWentBack } from "./watermarks.js";

export { watchWatermarks } from "./watermarks.js";

/** What of the gateway's invariants does not hold, once everything has come to rest: a line for each. */
export async function violations(world: World): Promise<string[]> {
  const client = await world.database.pool.connect();
  try {
    return [
      ...(await mirrorDiffers(client, world)),
      ...(await lines(client, world, Object.values(rows))),
      ...(await lines(client, world, [brokenVersions, brokenFeed, watermarksWentBack])),
      ...(await watermarksAhead(client, world)),
      ...(await brokenStreams(client, world)),
      ...(await editsGoneWrong(world)),
      ...(await untold(world)),
      ...changedRequests(world),
      ...crowded(world),
      ...needlessRefreshes(world),
    ];
  } finally {
    client.release();
  }
}

async function editsGoneWrong(world: World): Promise<string[]> {
  const known = await knownOf(world);
  return [...wrongEnds(known), ...lostInFolding(known), ...outOfOrder(known), ...(await overwritten(known))];
}

const found = z.array(z.object({ violation: z.string() }));

async function lines(client: PoolClient, { connectionId }: World, statements: readonly string[]): Promise<string[]> {
  const all: string[] = [];
  for (const statement of statements) {
    const { rows: violated } = await client.query(statement, [connectionId]);
    all.push(...found.parse(violated).map(({ violation }) => violation));
  }
  return all;
}
