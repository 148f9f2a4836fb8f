import type { Payload, Values, WriteOperation, WriteRequest } from "../../plugins/writes.js";
import type { Asked } from "./asked.js";
import type { Edits, LocalChange } from "./local-change.js";
import { labelOf } from "./paths.js";
import type { Plan } from "./plan.js";

/** What an edit changes, and what would be sent for it. */
export interface EditPreview {
  readonly operation: WriteOperation;
  readonly fields: readonly {
    readonly path: string;
    readonly label: string;
    readonly before: unknown;
    readonly after: unknown;
  }[];
  /** Built on the record as the mirror has it; Id and SyncToken come from QuickBooks when it is sent. */
  readonly request: WriteRequest;
}

type Shown = Pick<Asked, "plugin" | "writes"> & { readonly record?: { readonly payload: Payload } | undefined };

const nothingSent: WriteRequest = { parameters: {}, body: {} };

/** What the edit that was asked for comes to. */
export function previewOf(asked: Shown, operation: WriteOperation, { change, joined, givenUp }: Plan): EditPreview {
  if (change !== undefined) return previewOfChange(asked, change);
  const isKept = joined !== undefined && !givenUp.includes(joined);
  return isKept ? previewOfChange(asked, joined) : { operation, fields: [], request: nothingSent };
}

export function previewOfChange(
  { plugin, writes, record }: Shown,
  { operation, edits }: Pick<LocalChange, "operation" | "edits">,
): EditPreview {
  const fields = Object.entries(edits).map(([path, { base, value }]) => ({
    ...{ path, label: labelOf(plugin, path) },
    ...{ before: base, after: value },
  }));
  const isCreate = operation === "CREATE";
  const values = isCreate || operation === "UPDATE" ? valuesOf(edits) : {};
  return {
    operation,
    fields,
    request: writes.request({ operation, values, current: isCreate ? undefined : record?.payload }),
  };
}

/** The new values. */
export const valuesOf = (edits: Edits): Values =>
  Object.fromEntries(Object.entries(edits).map(([path, { value }]) => [path, value]));
