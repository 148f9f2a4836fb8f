import type { RecordBatches } from "../mirror/batches.js";
import { ConflictsResolver } from "./conflicts.js";
import { ConflictEventsResolver } from "./events.js";
import { conflictRecordResolver, LocalChangeConflictResolver, RecordConflictResolver } from "./related.js";

/** All resolvers of conflicts. */
export function conflictResolvers({ records }: { readonly records: RecordBatches }): readonly Function[] {
  return [
    ConflictsResolver,
    ConflictEventsResolver,
    LocalChangeConflictResolver,
    RecordConflictResolver,
    conflictRecordResolver(records),
  ];
}
