import { z } from "zod";
import { parseExact, type RecordSlice } from "../../foundation/json.js";
import type { EntityPlugin } from "../../plugins/plugin.js";
import type { Company } from "../company.js";

/** So many objects in one answer mean that it was cut: the last are lost first, and those are the stubs of what was deleted. */
const mostObjects = 1_000;

/** The changes of one entity, as one answer told them. */
export interface Changes {
  /** Whole records. */
  readonly records: readonly RecordSlice[];
  /** Ids of which QuickBooks says that they were deleted: hints, to be confirmed (I3). */
  readonly deleted: readonly string[];
  readonly answeredAt: Date;
  readonly request: string;
}

export interface ChangesRead {
  /** QuickBooks' own time of the answer. */
  readonly answeredAt: Date;
  /** undefined where the answer was cut, so that it tells nothing for certain. */
  readonly of: ((plugin: EntityPlugin) => Changes) | undefined;
}

const stub = z.object({ status: z.literal("Deleted"), Id: z.string() });

/** Longer than any stub, shorter than any record with content: what is longer need not be parsed to be told apart. */
const longestStubBytes = 500;

export async function readChanges(
  company: Pick<Company, "changes">,
  plugins: readonly EntityPlugin[],
  since: Date,
  signal: AbortSignal,
): Promise<ChangesRead> {
  const entities = plugins.map(({ name }) => name);
  const { recordsOf, records, time } = await company.changes(entities, since, signal);
  const request = `cdc of ${entities.join(", ")} since ${since.toISOString()}`;
  if (records.length >= mostObjects) return { answeredAt: time, of: undefined };
  return {
    answeredAt: time,
    of: ({ name }) => {
      const all = recordsOf.get(name) ?? [];
      const deleted = all.map(deletedId);
      return {
        records: all.filter((_, index) => deleted[index] === undefined),
        deleted: deleted.flatMap((id) => id ?? []),
        answeredAt: time,
        request,
      };
    },
  };
}

function deletedId(slice: RecordSlice): string | undefined {
  if (slice.bytes.length > longestStubBytes || !slice.bytes.includes('"Deleted"')) return undefined;
  return stub.safeParse(parseExact(slice.text())).data?.Id;
}
