import type { RecordBatches } from "../mirror/batches.js";
import { fieldValueResolver } from "./field-value.js";
import { LocalChangeEventsResolver } from "./local-change-events.js";
import { localChangeResolver } from "./local-change.js";
import { LocalChangesResolver, RecordChangesResolver } from "./local-changes.js";

/** Editing in GraphQL: the mutations that the plugins' declarations make, and what becomes of edits. */
export function editResolvers(made: { readonly records: RecordBatches }): readonly Function[] {
  return [
    fieldValueResolver(made.records),
    localChangeResolver(made.records),
    LocalChangesResolver,
    RecordChangesResolver,
    LocalChangeEventsResolver,
  ];
}
