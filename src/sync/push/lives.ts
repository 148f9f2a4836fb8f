import { z } from "zod";
import { localChangeColumns, localChangeRow } from "../local-changes/local-change.js";
import { saveChange } from "../local-changes/rows.js";
import { auditChange } from "../local-changes/audit.js";
import { release } from "./claim.js";
import { type Claimed, pushActor, type PushServices } from "./context.js";

const scope = z.object({ id: z.string(), epoch: z.number(), entities: z.array(z.string()) });

/**
 * QuickBooks says that the company was reset. Whether it was is for a run to find out, which looks at the company first: it begins the
 * next life where it was, and all that was to be pushed of the earlier one ends.
 */
export async function seekReset({ services, change }: Claimed): Promise<void> {
  const { database, runs } = services;
  await database.transaction(async (client) => {
    const { rows } = await client.query(
      "UPDATE connections SET company_read_at = NULL WHERE id = $1 RETURNING id, epoch, entities",
      [change.connectionId],
    );
    const { entities, ...connection } = scope.parse(rows[0]);
    const order = { mode: "INCREMENTAL", entities, from: null, to: null, trigger: "RECOVERY" } as const;
    await runs.enqueue(client, connection, order);
  });
  await runs.wake();
}

const rejected = { status: "REJECTED", errorCode: "COMPANY_RESET", errorIntuitTid: null } as const;
const begunAnew = "The company's books were begun anew in QuickBooks, and this record with them. Enter it again there.";

const earlierRow = localChangeRow.extend({ organizationId: z.string() });

/** What was edited in an earlier life of a company is about records that are no more: it is rejected, and stays to be read. */
export async function rejectEarlierLives({
  database,
  streams,
}: Pick<PushServices, "database" | "streams">): Promise<void> {
  await database.transaction(async (client) => {
    const { rows } = await client.query(
      `SELECT ${localChangeColumns("l")}, c.organization_id AS "organizationId"
       FROM local_changes l JOIN connections c ON c.id = l.connection_id AND l.epoch < c.epoch
       WHERE l.status IN ('PENDING', 'PUSHING', 'UNKNOWN', 'CONFLICT') ORDER BY l.number LIMIT 500 FOR UPDATE OF l SKIP LOCKED`,
    );
    for (const { id, connectionId, organizationId, status } of z.array(earlierRow).parse(rows)) {
      await client.query("UPDATE local_changes SET fence = fence + 1 WHERE id = $1", [id]);
      await release(client, { id });
      await saveChange(client, streams, organizationId, { id, connectionId, ...rejected, errorMessage: begunAnew });
      const actor = { ...pushActor, organizationId };
      await auditChange(client, actor, "localChange.reject", { id, before: { status }, after: rejected });
    }
  });
}
