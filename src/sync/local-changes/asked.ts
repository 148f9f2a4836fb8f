import type { PoolClient } from "pg";
import { z } from "zod";
import { isReached, type Reach, reachParameter } from "../../access/reach.js";
import type { Clock } from "../../foundation/clock.js";
import type { EntityPlugin } from "../../plugins/plugin.js";
import type { CompanyRules, EntityWrites } from "../../plugins/writes.js";
import { readLeftOut } from "../erasure/left-out.js";
import { excludedFields, type ExcludedFields } from "../excluded-fields.js";
import { UserProblem } from "../problems.js";
import type { EditRequest } from "./edits.js";
import type { LocalChange } from "./local-change.js";
import { lockOpenChanges, readRecord, type MirroredRecord } from "./rows.js";

/** The company whose books are edited. */
export interface EditedCompany extends CompanyRules {
  readonly id: string;
  readonly organizationId: string;
  readonly epoch: number;
  readonly entities: readonly string[];
  /** What is not kept of its records. */
  readonly excludedFields: ExcludedFields;
  /** `YYYY-MM-DD`: the books are closed up to and with this day. */
  readonly closedUntil: string | null;
}

/** All that an edit is about. The record and its open changes are locked. */
export interface Asked {
  readonly plugin: EntityPlugin;
  readonly writes: EntityWrites;
  readonly company: EditedCompany;
  /** undefined of a record that is to be created. */
  readonly record: MirroredRecord | undefined;
  readonly changes: readonly LocalChange[];
}

/** The plugin of an edit, where it has this operation. Throws UserProblem. */
export function writablePlugin(
  plugins: readonly EntityPlugin[],
  { entity, operation }: Pick<EditRequest, "entity" | "operation">,
): Pick<Asked, "plugin" | "writes"> {
  const plugin = plugins.find(({ name }) => name === entity);
  if (plugin?.writes?.operations.includes(operation) === true) return { plugin, writes: plugin.writes };
  const message = `QuickBooks has no ${operation.toLowerCase()} of ${plugin?.label ?? entity} that an app could ask for.`;
  throw new UserProblem("NOT_SUPPORTED", "id", message);
}

/** Which company and record an edit is of, before anything is locked. Throws UserProblem. */
export async function placeOfEdit(
  client: PoolClient,
  clock: Clock,
  plugin: EntityPlugin,
  { actor, connectionId, recordId }: EditRequest,
): Promise<EditedCompany> {
  const place = recordId === undefined ? connectionId : await connectionOf(client, plugin, recordId);
  const company = place === undefined ? undefined : await readCompany(client, clock, place, actor);
  const field = recordId === undefined ? "connectionId" : "id";
  if (company === undefined) throw new UserProblem("NOT_FOUND", field, "Nothing in your organization has this id.");
  if (company.status === "DISCONNECTED") {
    throw new UserProblem("NOT_CONNECTED", field, "This company is disconnected: connect it again first.");
  }
  if (!company.entities.includes(plugin.name)) {
    const message = `The connection's scope does not include ${plugin.name}: add it to the sync settings first.`;
    throw new UserProblem("INVALID", field, message);
  }
  return company;
}

async function connectionOf(
  client: PoolClient,
  { table }: EntityPlugin,
  recordId: string,
): Promise<string | undefined> {
  const { rows } = await client.query(`SELECT connection_id AS "connectionId" FROM "${table}" WHERE id = $1`, [
    recordId,
  ]);
  return z.object({ connectionId: z.string() }).optional().parse(rows[0])?.connectionId;
}

const companyRow = z.object({
  id: z.string(),
  organizationId: z.string(),
  status: z.enum(["CONNECTED", "REAUTHORIZATION_REQUIRED", "DISCONNECTED"]),
  epoch: z.number(),
  entities: z.array(z.string()),
  excludedFields,
  homeCurrency: z.string().nullable(),
  isMultiCurrency: z.boolean(),
  closedUntil: z.string().nullable(),
  today: z.string(),
});

/** Locked against a reset, which would begin another life of the company. */
async function readCompany(client: PoolClient, clock: Clock, connectionId: string, reach: Reach) {
  const { rows } = await client.query(
    `SELECT id, organization_id AS "organizationId", status, epoch, entities, excluded_fields AS "excludedFields", home_currency AS "homeCurrency",
       is_multi_currency AS "isMultiCurrency", books_closed_until::text AS "closedUntil",
       ($3::timestamptz AT TIME ZONE coalesce(time_zone, 'UTC'))::date::text AS today
     FROM connections WHERE id = $1 AND ${isReached("connections", "$2")} FOR SHARE`,
    [connectionId, reachParameter(reach), clock.now()],
  );
  return companyRow.optional().parse(rows[0]);
}

/** Locks the record, and then its open changes. Throws UserProblem where the record cannot be edited. */
export async function lockEdited(
  client: PoolClient,
  plugin: EntityPlugin,
  company: EditedCompany,
  { recordId, operation }: EditRequest,
): Promise<Pick<Asked, "record" | "changes">> {
  if (recordId === undefined) return { record: undefined, changes: [] };
  const record = await readRecord(client, plugin, recordId, { lock: true });
  if (record?.epoch !== company.epoch) {
    throw new UserProblem("NOT_FOUND", "id", "Nothing in your organization has this id.");
  }
  await assertNotErased(client, plugin, record);
  const isEnded = record.state === "DELETED" || record.state === "MERGED";
  if (isEnded || (record.state === "VOIDED" && operation !== "DELETE" && operation !== "VOID")) {
    const message = `This ${plugin.label.toLowerCase()} is ${record.state.toLowerCase()}, and nothing can be edited of it.`;
    throw new UserProblem("INVALID", "id", message);
  }
  const changes = await lockOpenChanges(client, [recordId]);
  const removal = changes.find(({ operation: asked, status }) => isRemoval(asked) && status !== "REJECTED");
  if (removal !== undefined && !isRemoval(operation)) {
    const message = `A ${removal.operation.toLowerCase()} of this ${plugin.label.toLowerCase()} waits to be sent: cancel that first.`;
    throw new UserProblem("INVALID", "id", message);
  }
  return { record, changes };
}

/** What would be given of it would stand here again. */
async function assertNotErased(
  client: PoolClient,
  plugin: EntityPlugin,
  { connectionId, epoch, quickbooksId }: MirroredRecord,
): Promise<void> {
  const leftOut = await readLeftOut(client, { connectionId, epoch });
  if (!leftOut.isErased(plugin.name, quickbooksId)) return;
  const message = `The data of this ${plugin.label.toLowerCase()} was erased here: edit it in QuickBooks.`;
  throw new UserProblem("NOT_SUPPORTED", "id", message);
}

const isRemoval = (operation: EditRequest["operation"]): boolean => operation === "VOID" || operation === "DELETE";
