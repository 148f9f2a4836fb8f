import type { PoolClient } from "pg";
import { z } from "zod";
import type { Actor } from "../../access/actor.js";
import { writeAudit } from "../../access/audit.js";
import type { Clock } from "../../foundation/clock.js";
import type { Database } from "../../foundation/database/database.js";
import type { Ids } from "../../foundation/ids.js";
import type { EntityPlugin } from "../../plugins/plugin.js";
import type { ConnectFlow } from "../../quickbooks/connect.js";
import { type ExcludedFields, type ExcludedOfEntity, newlyExcluded } from "../excluded-fields.js";
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
  /**
   * Erases fields that a company does without from now on, in the transaction that notes so, with its row locked; what of them is wanted again is
   * not erased any more. Gives the erasures' ids.
   */
  excludeFields(client: PoolClient, asked: ExcludingFields): Promise<readonly string[]>;
}

interface ExcludingFields extends OfCompany {
  readonly before: ExcludedFields;
  readonly after: ExcludedFields;
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
    excludeFields: (client, asked) => askForFields(client, parts, asked),
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
  return insertErasure(client, parts, { actor: asked.actor, connectionId, entity: plugin.name, recordId });
}

/** What is erased of a company: nothing named is all of it, an entity with a record is its person, one with fields is these of all its records. */
interface OfWhat {
  readonly entity?: string;
  readonly recordId?: string;
  readonly fields?: readonly string[];
}

async function askForFields(
  client: PoolClient,
  parts: Pick<ErasuresParts, "clock" | "ids">,
  asked: ExcludingFields,
): Promise<readonly string[]> {
  const { actor, connectionId, before, after } = asked;
  const open: ExcludedOfEntity[] = [];
  for (const wanted of newlyExcluded(after, before)) open.push(...(await endErasures(client, connectionId, wanted)));
  const ids: string[] = [];
  for (const entity of Object.keys(after)) {
    const again = open.filter((each) => each.entity === entity).flatMap(({ fields }) => fields);
    const fields = (after[entity] ?? []).filter(
      (name) => again.includes(name) || before[entity]?.includes(name) !== true,
    );
    if (fields.length > 0) ids.push(await insertErasure(client, parts, { actor, connectionId, entity, fields }));
  }
  return ids;
}

/** Erasures that are at something which is wanted again are over; what else they were at is to be asked for anew. */
async function endErasures(
  client: PoolClient,
  connectionId: string,
  { entity, fields }: ExcludedOfEntity,
): Promise<readonly ExcludedOfEntity[]> {
  const { rows } = await client.query(
    `UPDATE erasures SET finished_at = now() WHERE connection_id = $1 AND entity = $2 AND record_id IS NULL AND finished_at IS NULL
       AND fields && $3::text[] RETURNING entity, fields`,
    [connectionId, entity, fields],
  );
  return z.array(z.object({ entity: z.string(), fields: z.array(z.string()) })).parse(rows);
}

const foundId = z.object({ id: z.string() });

/** The erasure of the same that is open already, or else a new one; audited without a word of what is erased. The connection's row is locked. */
async function insertErasure(
  client: PoolClient,
  { clock, ids }: Pick<ErasuresParts, "clock" | "ids">,
  { actor, connectionId, entity, recordId, fields = [] }: OfCompany & OfWhat,
): Promise<string> {
  const { organizationId, kind, id: actorId, name } = actor;
  const at = clock.now();
  const { rows } = await client.query(
    `WITH open AS (
       SELECT id FROM erasures WHERE connection_id = $3 AND finished_at IS NULL
         AND (entity, record_id, fields) IS NOT DISTINCT FROM ($6::text, $7::uuid, $8::text[])
     ), asked AS (
       INSERT INTO erasures (id, organization_id, connection_id, requested_by, requested_at, entity, record_id, fields)
       SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE NOT EXISTS (SELECT 1 FROM open) RETURNING id)
     SELECT id FROM open UNION ALL SELECT id FROM asked`,
    [
      ...[ids.newId(), organizationId, connectionId, JSON.stringify({ kind, id: actorId, name }), at],
      ...[entity ?? null, recordId ?? null, fields],
    ],
  );
  const { id } = foundId.parse(rows[0]);
  await writeAudit(client, {
    organizationId,
    actor,
    action:
      entity === undefined ? "connection.erase" : recordId === undefined ? "connection.eraseFields" : "record.erase",
    subjectType: "ConnectedCompany",
    subjectId: connectionId,
    after: { erasureId: id, entity, recordId, ...(fields.length > 0 && { fields }) },
    at,
  });
  return id;
}
