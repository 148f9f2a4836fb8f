import { z } from "zod";
import type { Actor } from "../../access/actor.js";
import { atLeast } from "../../access/actor.js";
import { writeAudit } from "../../access/audit.js";
import { isReached, reachParameter } from "../../access/reach.js";
import type { Clock } from "../../foundation/clock.js";
import type { Database } from "../../foundation/database/database.js";
import type { Ids } from "../../foundation/ids.js";
import { ExportFormat } from "../../generated/prisma/enums.js";
import type { EntityPlugin } from "../../plugins/plugin.js";
import { UserProblem } from "../problems.js";
import { createCatalog, entityOf } from "../read/catalog.js";
import { auditTable } from "./audit.js";
import { filesOf, type ExportFile } from "./files.js";
import { recordTable } from "./records.js";
export type { ExportFile };
import { piecesOf, takeSnapshot, type ExportEnd, type Snapshot } from "./snapshot.js";

const exportRow = z.object({
  id: z.string(),
  /** Null: the organization's audit. */
  connectionId: z.string().nullable(),
  entities: z.array(z.string()),
  format: z.enum(ExportFormat),
  requestedBy: z.unknown(),
  createdAt: z.date(),
  expiresAt: z.date(),
});
export type DataExport = z.infer<typeof exportRow>;

/** How long its files can be fetched. */
const validMs = 7 * 24 * 3_600_000;

/** Takes a file's text as it is made; what it does not take waits in the database. */
export type Sink = (
  snapshot: Snapshot,
  pieces: (ended: (end: ExportEnd) => void) => AsyncIterable<string>,
) => Promise<void>;

export interface ExportOrder {
  /** Our own id of a connection that the actor reaches; left out: the organization's audit. */
  readonly connectionId?: string;
  /** Names of entities; all if left out. */
  readonly entities?: readonly string[] | undefined;
  readonly format: DataExport["format"];
}

/** Copies of what an organization has here, for its ADMINs (I10, I15). */
export interface Exports {
  /** Notes what shall be exported: nothing is read before a file is fetched. Throws UserProblem. */
  create(actor: Actor, order: ExportOrder): Promise<DataExport>;
  /** The export, where the actor is an ADMIN who reaches all that it tells of, and it has not ended. */
  find(actor: Actor, id: string): Promise<DataExport | undefined>;
  filesOf(actor: Actor, found: DataExport): readonly ExportFile[];
  /** Audits the download, and gives a file to the sink, all of it of one instant. Rejects with what the sink rejects with. */
  send(actor: Actor, found: DataExport, file: ExportFile, sink: Sink): Promise<void>;
}

interface ExportParts {
  readonly database: Database;
  readonly plugins: readonly EntityPlugin[];
  readonly clock: Clock;
  readonly ids: Ids;
}

const columns = `e.id, e.connection_id AS "connectionId", e.entities, e.format, e.requested_by AS "requestedBy",
  e.created_at AS "createdAt", e.expires_at AS "expiresAt"`;

const insert = `INSERT INTO data_exports AS e
    (id, organization_id, connection_id, entities, format, requested_by, created_at, expires_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING ${columns}`;

const find = `SELECT ${columns} FROM data_exports e LEFT JOIN connections c ON c.id = e.connection_id
  WHERE e.id = $1 AND e.organization_id = $2 AND e.expires_at > $3
    AND CASE WHEN e.connection_id IS NULL THEN $5::boolean ELSE ${isReached("c", "$4")} END`;

export function createExports({ database, plugins, clock, ids }: ExportParts): Exports {
  const catalog = createCatalog(plugins);
  const tablesOf = (actor: Actor, { connectionId, entities }: DataExport) =>
    connectionId === null
      ? [auditTable(actor.organizationId)]
      : entities.map((name) => recordTable(entityOf(catalog, name), { reach: actor, at: clock.now() }, connectionId));
  return {
    async create(actor, { connectionId, format, ...order }) {
      const wanted = order.entities ?? plugins.map(({ name }) => name);
      const entities = connectionId === undefined ? [] : plugins.map(({ name }) => name).filter(isAmong(wanted));
      if (connectionId !== undefined && entities.length === 0)
        throw new UserProblem("INVALID", "entities", "Name at least one entity, or leave `entities` out for all.");
      const id = ids.newId();
      const at = clock.now();
      const { kind, id: actorId, name, organizationId } = actor;
      const requestedBy = JSON.stringify({ kind, id: actorId, name });
      const ends = new Date(at.getTime() + validMs);
      const values = [id, organizationId, connectionId ?? null, entities, format, requestedBy, at, ends];
      const after = { connectionId, entities, format };
      return database.transaction(async (client) => {
        const { rows } = await client.query(insert, values);
        await writeAudit(client, { ...entryOf(actor, id), action: "dataExport.create", after });
        return exportRow.parse(rows[0]);
      });
    },
    async find(actor, id) {
      if (!atLeast(actor, "ADMIN")) return undefined;
      const seesAll = actor.connectionIds === undefined;
      const values = [id, actor.organizationId, clock.now(), reachParameter(actor), seesAll];
      const { rows } = await database.pool.query(find, values);
      return rows.length === 0 ? undefined : exportRow.parse(rows[0]);
    },
    filesOf: (actor, found) => filesOf(found.format, tablesOf(actor, found)),
    async send(actor, { id, connectionId }, file, sink) {
      const after = { file: file.downloadName };
      await database.transaction((client) =>
        writeAudit(client, { ...entryOf(actor, id), action: "dataExport.download", after }),
      );
      await database.transaction(async (client) => {
        const types = file.tables.map(({ type }) => type);
        const snapshot = await takeSnapshot(client, connectionId, types);
        await sink(snapshot, (ended) => piecesOf(client, file, snapshot, ended));
      });
    },
  };
}

const isAmong = (names: readonly string[]) => (name: string) => names.includes(name);

const entryOf = (actor: Actor, subjectId: string) =>
  ({ organizationId: actor.organizationId, actor, subjectType: "DataExport", subjectId }) as const;
