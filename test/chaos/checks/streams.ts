import type { PoolClient } from "pg";
import { z } from "zod";
import { runStream } from "../../../src/sync/run-view.js";
import type { World } from "../world.js";

const runIds = z.array(z.object({ id: z.string() }));

/** I12: whoever follows a run from its beginning gets every number once, and FINISHED last. */
export async function brokenStreams(
  client: PoolClient,
  { connectionId, webs: [{ streams }] }: World,
): Promise<string[]> {
  const { rows } = await client.query("SELECT id FROM quickbooks_syncs WHERE connection_id = $1", [connectionId]);
  const broken = await Promise.all(
    runIds.parse(rows).map(async ({ id }) => {
      const kinds: string[] = [];
      const follower = streams.follow({
        stream: runStream(id),
        after: 0n,
        snapshot: () => Promise.resolve(null),
        isLast: ({ kind }) => kind === "FINISHED",
        signal: AbortSignal.timeout(5_000),
      });
      for await (const { number, kind } of follower) {
        kinds.push(kind);
        if (number !== BigInt(kinds.length))
          return [`the stream of run ${id} has ${number} as its event ${kinds.length}`];
      }
      return kinds.at(-1) === "FINISHED" ? [] : [`the stream of run ${id} ends with ${kinds.at(-1) ?? "nothing"}`];
    }),
  );
  return broken.flat();
}
