import type { EditOutcome, EditRequest } from "../../src/sync/local-changes/edits.js";
import type { WriteOperation } from "../../src/plugins/writes.js";

/** An edit that the platform accepted: what it said it would do. */
export interface KeptEdit {
  readonly entity: string;
  readonly recordId: string;
  readonly localChangeId: string;
  readonly operation: WriteOperation;
  /** What was given, as it was kept. */
  readonly fields: readonly { readonly path: string; readonly before: unknown; readonly after: unknown }[];
  /** All paths that were given, those too that then had nothing left to change. */
  readonly given: readonly string[];
}

/** Everything that people entered on the platform and were told is kept, in order. */
export class Ledger {
  readonly #edits: KeptEdit[] = [];

  get edits(): readonly KeptEdit[] {
    return this.#edits;
  }

  keep({ entity, operation, values }: EditRequest, { recordId, localChangeId, preview }: EditOutcome): void {
    if (recordId === null || localChangeId === null) return;
    const fields = preview.fields.filter(({ path }) => path in values || path === "state");
    this.#edits.push({ entity, recordId, localChangeId, operation, fields, given: Object.keys(values) });
  }
}
