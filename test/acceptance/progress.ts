import { z } from "zod";
import { socketClient } from "../http/client.js";
import type { World } from "./world.js";

const counts = z.object({
  read: z.number(),
  created: z.number(),
  updated: z.number(),
  unchanged: z.number(),
  removed: z.number(),
  failed: z.number(),
});
export type Counts = z.infer<typeof counts>;

const event = z.object({
  kind: z.string(),
  run: z.object({
    status: z.string(),
    totals: counts,
    entities: z.array(counts.extend({ entity: z.string(), phase: z.string(), expected: z.number().nullable() })),
  }),
});

/** An event of a run, and when it came in by `performance.now()`. */
export interface Told extends z.infer<typeof event> {
  readonly atMs: number;
}

const countFields = "read created updated unchanged removed failed";

/** Follows a run over a WebSocket until it has ended. */
export async function follow(
  { gateway, token }: World,
  syncRunId: string,
  onTold: (told: Told) => void = () => undefined,
): Promise<readonly Told[]> {
  const client = socketClient(gateway, token);
  const told: Told[] = [];
  const events = client.iterate({
    query: `subscription ($id: ID!) {
      syncRunEvents(syncRunId: $id) {
        kind run { status totals { ${countFields} } entities { entity phase expected ${countFields} } }
      }
    }`,
    variables: { id: syncRunId },
  });
  for await (const { data, errors } of events) {
    if (errors !== undefined) throw new Error(`The subscription failed: ${JSON.stringify(errors)}`);
    const one = { atMs: performance.now(), ...event.parse(data?.["syncRunEvents"]) };
    told.push(one);
    onTold(one);
  }
  await client.dispose();
  return told;
}
