import type { PoolClient } from "pg";
import { z } from "zod";
import type { Actor } from "../../access/actor.js";
import { writeAudit } from "../../access/audit.js";
import type { Clock } from "../../foundation/clock.js";
import type { Database } from "../../foundation/database/database.js";
import type { Ids } from "../../foundation/ids.js";
import type { EntityPlugin } from "../../plugins/plugin.js";
import type { ConnectFlow } from "../../quickbooks/connect.js";
import { isLocalId } from "../local-changes/local-change.js";
import { UserProblem } from "../problems.js";
import type { Runs } from "../runs.js";
import { waitingEdits } from "./person.js";
import { findPerson } from "./places.js";

interface OfCompany {
  readonly actor: Actor;
  /** Of a connection that the actor reaches. */
  readonly connectionId: string;
}

interface OfPerson extends OfCompany {
  readonly plugin: EntityPlugin;
  readonly recordId: string;
  /** QuickBooks' id of the record, or ours of one that QuickBooks never had: said again by whoever asks. */
  readonly confirm: string;
}

/** Asks for data to be erased; any process then does it (`eraser.ts`). Asked again while that goes on, it is the same erasure. Each gives its id. */
export interface Erasures {
  /**
   * All that is mirrored of a company, which is disconnected, so that its runs end and nobody writes to its mirror any more. Throws ConnectProblem
   * where there is no such connection.
   */
  eraseCompany(asked: OfCompany): Promise<string>;
  /**
   * All that tells of the person of one record. The record stays, and everything that refers to it; of what QuickBooks sends from now on the same is
   * left out. Throws UserProblem.
   */
  erasePerson(asked: OfPerson): Promise<string>;
}

interface ErasuresParts {
  readonly database: Database;
  readonly plugins: readonly EntityPlugin[];
  readonly connectFlow: Pick<ConnectFlow, "disconnect">;
  readonly runs: Pick<Runs, "wake">;
  readonly clock: Clock;
  readonly ids: Ids;
}

export function createErasures(parts: ErasuresParts): Erasures {
  const { connectFlow, database, runs } = parts;
  return {
    async eraseCompany(asked) {
      let id = "";
      await connectFlow.disconnect({
        ...asked,
        alongside: async (client) => {
          await client.query("UPDATE connections SET erased_at = $2 WHERE id = $1", [
            asked.connectionId,
            parts.clock.now(),
          ]);
          id = await insertErasure(client, parts, asked);
        },
      });
      await runs.wake();
      return id;
    },
    async erasePerson(asked) {
      const id = await database.transaction((client) => askForPerson(client, parts, asked));
      await runs.wake();
      return id;
    },
  };
}

/** The connection is locked against edits, so that none of the person's comes behind. */
async function askForPerson(client: PoolClient, parts: ErasuresParts, asked: OfPerson): Promise<string> {
  const { plugin, connectionId, recordId, confirm } = asked;
  await client.query("SELECT 1 FROM connections WHERE id = $1 FOR UPDATE", [connectionId]);
  const person = await findPerson(client, plugin, { connectionId, recordId });
  if (person === undefined) throw new UserProblem("NOT_FOUND", "recordId", "This company has no record with this id.");
  if (plugin.erasure?.person === undefined) {
    throw new UserProblem("NOT_SUPPORTED", "recordId", `A record of ${plugin.label} is not about a person.`);
  }
  if (confirm !== (isLocalId(person.quickbooksId) ? recordId : person.quickbooksId)) {
    throw new UserProblem("INVALID", "confirm", "To confirm, give the record's quickbooksId.");
  }
  const waiting = await waitingEdits(client, person, parts.plugins);
  if (waiting > 0) {
    const message = `${String(waiting)} edits that tell of this person wait to be sent, or for a decision: cancel them, or wait until they are pushed.`;
    throw new UserProblem("IN_FLIGHT", "recordId", message);
  }
  await client.query(
    `INSERT INTO erased_records (connection_id, epoch, entity, quickbooks_id, erased_at) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT DO NOTHING`,
    [connectionId, person.epoch, plugin.name, person.quickbooksId, parts.clock.now()],
  );
  return insertErasure(client, parts, asked);
}

const foundId = z.object({ id: z.string() });

/** The erasure of the same that is open already, or else a new one; audited without a word of what is erased. The connection's row is locked. */
async function insertErasure(
  client: PoolClient,
  { clock, ids }: Pick<ErasuresParts, "clock" | "ids">,
  { actor, connectionId, plugin, recordId }: OfCompany & Partial<Pick<OfPerson, "plugin" | "recordId">>,
): Promise<string> {
  const { organizationId, kind, id: actorId, name } = actor;
  const at = clock.now();
  const { rows } = await client.query(
    `WITH open AS (
       SELECT id FROM erasures WHERE connection_id = $3 AND record_id IS NOT DISTINCT FROM $7::uuid AND finished_at IS NULL
     ), asked AS (
       INSERT INTO erasures (id, organization_id, connection_id, requested_by, requested_at, entity, record_id)
       SELECT $1, $2, $3, $4, $5, $6, $7 WHERE NOT EXISTS (SELECT 1 FROM open) RETURNING id)
     SELECT id FROM open UNION ALL SELECT id FROM asked`,
    [
      ...[ids.newId(), organizationId, connectionId, JSON.stringify({ kind, id: actorId, name }), at],
      ...[plugin?.name ?? null, recordId ?? null],
    ],
  );
  const { id } = foundId.parse(rows[0]);
  await writeAudit(client, {
    organizationId,
    actor,
    action: recordId === undefined ? "connection.erase" : "record.erase",
    subjectType: "ConnectedCompany",
    subjectId: connectionId,
    after: { erasureId: id, entity: plugin?.name, recordId },
    at,
  });
  return id;
}
