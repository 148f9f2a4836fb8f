import { Alert } from "./alerts/alert.js";
import { ApiKey } from "./access/api-key.js";
import { AuditEntry } from "./audit/audit-entry.js";
import { Conflict } from "./conflicts/conflict.js";
import { ConnectedCompany } from "./connected-company.js";
import { actorOf } from "./context.js";
import { LocalChange } from "./edits/local-change.js";
import { EntityChange } from "./entity-changes.js";
import { RecordFailure } from "./failures.js";
import { DataExport } from "./exports/data-export.js";
import { Erasure } from "./erasure.js";
import type { NodeLoaders } from "./node.js";
import { PreviewedRecord } from "./preview.js";
import { RecordVersion } from "./versions/record-version.js";
import { SyncRun } from "./sync-run.js";
import { Member, Organization } from "./viewer.js";
import { isOwn, WebhookEvent } from "./webhook-events.js";
import { atLeast } from "../access/actor.js";

/** How objects that no plugin mirrors are found by their global ids; those of others, and what one may not see, are not. */
export const nodeLoaders: NodeLoaders = {
  async ConnectedCompany(id, { loaders }) {
    const row = await loaders.connection.load(id);
    return row === undefined ? null : new ConnectedCompany(row);
  },
  Alert: (id, context) => Alert.load(id, context),
  AuditEntry: (id, context) => AuditEntry.load(id, context),
  Conflict: (id, context) => Conflict.load(id, context),
  DataExport: (id, context) => DataExport.load(id, context),
  async SyncRun(id, { loaders }) {
    const row = await loaders.run.load(id);
    return row === undefined ? null : new SyncRun(row);
  },
  async RecordFailure(id, { loaders }) {
    const row = await loaders.failure.load(id);
    return row === undefined ? null : new RecordFailure(row);
  },
  async WebhookEvent(id, { loaders }) {
    const row = await loaders.webhookEvent.load(id);
    return row !== undefined && isOwn(row) ? new WebhookEvent(row) : null;
  },
  async EntityChange(id, { loaders }) {
    const row = await loaders.entityChange.load(id);
    return row === undefined ? null : new EntityChange(row);
  },
  async LocalChange(id, { loaders }) {
    const row = await loaders.localChange.load(id);
    return row === undefined ? null : new LocalChange(row);
  },
  async RecordVersion(id, { loaders }) {
    const row = await loaders.recordVersion.load(id);
    return row === undefined ? null : new RecordVersion(row);
  },
  async PreviewedRecord(id, { loaders }) {
    const row = await loaders.drift.load(id);
    return row === undefined ? null : new PreviewedRecord(row);
  },
  async Member(id, context) {
    const row = atLeast(actorOf(context), "ADMIN") ? await context.loaders.member.load(id) : undefined;
    return row === undefined || row.removedAt !== null ? null : new Member(row);
  },
  Erasure: (id, context) => Erasure.load(id, context),
  ApiKey: (id, context) => ApiKey.load(id, context),
  async Organization(id, context) {
    return id === actorOf(context).organizationId ? Organization.of(context) : null;
  },
};
