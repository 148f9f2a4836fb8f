import type { EntityPlugin } from "../../plugins/plugin.js";
import type { RecordBatches } from "../mirror/batches.js";
import type { MirrorTypes } from "../mirror/types.js";
import { fieldValueResolver } from "./field-value.js";
import { LocalChangeEventsResolver } from "./local-change-events.js";
import { localChangeResolver } from "./local-change.js";
import { LocalChangesResolver, RecordChangesResolver } from "./local-changes.js";
import { editMutations } from "./mutations.js";
import { SettleResolver } from "./settle.js";

/** Editing in GraphQL: the mutations that the plugins' declarations make, and what becomes of edits. */
export function editResolvers(
  plugins: readonly EntityPlugin[],
  made: { readonly types: MirrorTypes; readonly records: RecordBatches },
): readonly Function[] {
  return [
    fieldValueResolver(made.records),
    localChangeResolver(made.records),
    LocalChangesResolver,
    RecordChangesResolver,
    LocalChangeEventsResolver,
    SettleResolver,
    ...plugins.flatMap((plugin) => editMutations(plugin, made)),
  ];
}
