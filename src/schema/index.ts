import "reflect-metadata";
import type { GraphQLSchema } from "graphql";
import { buildSchema, type PubSub } from "type-graphql";
import type { EntityPlugin } from "../plugins/plugin.js";
import { AlertsResolver } from "./alerts/alerts.js";
import { ApiKeysResolver } from "./access/api-keys.js";
import { MembersResolver } from "./access/members.js";
import { ApiTestsResolver } from "./api-tests.js";
import { AuditEntriesResolver } from "./audit/audit-entries.js";
import { checkAuthorization } from "./authorization.js";
import { conflictResolvers } from "./conflicts/index.js";
import { ConnectionEventsResolver } from "./connection-events.js";
import { ConnectionsResolver } from "./connections.js";
import { EntityChangesResolver } from "./entity-changes.js";
import { DashboardResolver } from "./dashboard.js";
import { editResolvers } from "./edits/index.js";
import { entityNameType } from "./entity-name.js";
import { entityTypesResolver } from "./entity-types.js";
import { ExportsResolver } from "./exports/exports.js";
import { EraseDataResolver } from "./erase-data.js";
import { FailuresResolver } from "./failures.js";
import { RecordBatches } from "./mirror/batches.js";
import { createMirror } from "./mirror/index.js";
import { MirroredRecordResolver } from "./mirrored-record.js";
import { nodeResolver } from "./node.js";
import { nodeLoaders } from "./node-loaders.js";
import { RecoveryResolver } from "./recovery.js";
import { RecordVersionsResolver } from "./versions/record-versions.js";
import { ReplayWebhookEventsResolver } from "./replay-webhook-events.js";
import { StartSyncResolver } from "./start-sync.js";
import { SyncRunEventsResolver } from "./sync-run-events.js";
import { SyncRunsResolver } from "./sync-runs.js";
import { UpdateSyncSettingsResolver } from "./update-sync-settings.js";
import { VerifyMirrorResolver } from "./verify-mirror.js";
import { ViewerResolver } from "./viewer.js";
import { WebhookEventsResolver } from "./webhook-events.js";

/** type-graphql asks for one wherever there are subscriptions, although ours follow streams of their own. */
const unusedPubSub: PubSub = {
  publish: () => refuse(),
  subscribe: () => refuse(),
};

function refuse(): never {
  throw new Error("Subscriptions follow foundation/streams; nothing is published in memory.");
}

/** The GraphQL schema: what the gateway itself has, and what is derived from the plugins. */
export function createSchema(plugins: readonly EntityPlugin[]): Promise<GraphQLSchema> {
  const mirror = createMirror(plugins);
  const records = new RecordBatches(mirror);
  return buildSchema({
    resolvers: [
      nodeResolver(mirror, nodeLoaders),
      entityTypesResolver(plugins),
      AlertsResolver,
      ApiKeysResolver,
      ApiTestsResolver,
      AuditEntriesResolver,
      ConnectionEventsResolver,
      ConnectionsResolver,
      DashboardResolver,
      EntityChangesResolver,
      ExportsResolver,
      EraseDataResolver,
      FailuresResolver,
      MembersResolver,
      MirroredRecordResolver,
      RecordVersionsResolver,
      RecoveryResolver,
      ReplayWebhookEventsResolver,
      StartSyncResolver,
      SyncRunEventsResolver,
      SyncRunsResolver,
      UpdateSyncSettingsResolver,
      VerifyMirrorResolver,
      ViewerResolver,
      WebhookEventsResolver,
      ...mirror.resolvers,
      ...editResolvers(plugins, { types: mirror.types, records }),
      ...conflictResolvers({ records }),
    ],
    orphanedTypes: [...mirror.orphanedTypes],
    scalarsMap: [entityNameType(plugins)],
    authChecker: checkAuthorization,
    pubSub: unusedPubSub,
    // Inputs are checked where they are used, with messages of our own.
    validate: false,
  });
}
