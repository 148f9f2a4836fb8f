import type { EngineBench } from "./engine.js";
import { differences, type Scope } from "./oracle/index.js";

/** What the mirror of one of a bench's companies holds otherwise than QuickBooks does now; nothing: they are equal. */
export async function mirrorDifferences(
  { database, simulator }: EngineBench,
  connectionId: string,
  realmId: string,
  scope?: Scope,
): Promise<readonly string[]> {
  const client = await database.pool.connect();
  try {
    return await differences(client, connectionId, (entity) => texts(simulator, realmId, entity), scope);
  } finally {
    client.release();
  }
}

function* texts({ companies }: EngineBench["simulator"], realmId: string, entity: string): Generator<string> {
  for (const { text } of companies.get(realmId)?.records(entity) ?? []) yield text;
}
