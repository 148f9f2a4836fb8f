import type { RecordBatches } from "../mirror/batches.js";
import { ResolveConflictsResolver } from "./bulk.js";
import { ConflictCareResolver } from "./care.js";
import { ConflictsResolver } from "./conflicts.js";
import { ConflictEventsResolver } from "./events.js";
import { conflictRecordResolver, LocalChangeConflictResolver, RecordConflictResolver } from "./related.js";
import { resolutionResolver } from "./resolution.js";
import { ResolveConflictResolver } from "./resolve.js";

/** All resolvers of conflicts. */
export function conflictResolvers({ records }: { readonly records: RecordBatches }): readonly Function[] {
  return [
    ConflictsResolver,
    ConflictEventsResolver,
    ResolveConflictResolver,
    ResolveConflictsResolver,
    ConflictCareResolver,
    LocalChangeConflictResolver,
    RecordConflictResolver,
    conflictRecordResolver(records),
    resolutionResolver(records),
  ];
}
