import { z } from "zod";
import type { RecordSlice } from "../../src/foundation/json.js";
import { parseFigures } from "./exact.js";

/** A record as one file recorded it. Times in milliseconds since 1970. */
export interface RecordedState {
  readonly file: string;
  readonly entity: string;
  readonly id: string | undefined;
  /** Exactly as recorded. */
  readonly text: string;
  /** Parsed, numbers as figures. */
  readonly tree: unknown;
  readonly isTombstone: boolean;
  readonly syncToken: number;
  readonly createdAt: number | undefined;
  readonly updatedAt: number | undefined;
  readonly answeredAt: number | undefined;
  /** What QuickBooks sends with every record, and this one does not have. */
  readonly lacks: readonly string[];
}

/** A state that can be served: only what has an id can be told from others. */
export type ServableState = RecordedState & { readonly id: string };

const instant = z
  .string()
  .transform((text) => Date.parse(text))
  .refine(Number.isFinite)
  .optional()
  .catch(undefined);
const parts = z.object({
  status: z.unknown().optional(),
  SyncToken: z.string().regex(/^\d+$/).transform(Number).optional().catch(undefined),
  MetaData: z.object({ CreateTime: instant, LastUpdatedTime: instant }).optional().catch(undefined),
});

interface Recorded {
  readonly file: string;
  readonly entity: string;
  /** The answer it stood in. */
  readonly answer: unknown;
  readonly slice: RecordSlice;
}

export function recordedState({ file, entity, answer, slice }: Recorded): RecordedState {
  const text = slice.text();
  const tree = parseFigures(text);
  const { status, SyncToken, MetaData } = parts.parse(tree);
  const always = { Id: slice.id, SyncToken, "MetaData.CreateTime": MetaData?.CreateTime };
  return {
    file,
    entity,
    id: slice.id,
    text,
    tree,
    isTombstone: status === "Deleted",
    syncToken: SyncToken ?? -1,
    createdAt: MetaData?.CreateTime,
    updatedAt: MetaData?.LastUpdatedTime,
    answeredAt: z.object({ time: instant }).safeParse(answer).data?.time,
    lacks: Object.entries(always).flatMap(([name, value]) => (value === undefined ? [name] : [])),
  };
}

export const isServable = (state: RecordedState): state is ServableState => state.id !== undefined;

/**
 * Cuts the states into companies. The first holds the newest state of every record: what QuickBooks holds. A record that was
 * recorded several times has its older states in further companies, so that each state is read by the gateway once.
 */
export function companiesOf(states: readonly ServableState[]): readonly (readonly ServableState[])[] {
  const records = new Map<string, ServableState[]>();
  for (const state of states) {
    const record = `${state.entity} ${state.id}`;
    records.set(record, [...(records.get(record) ?? []), state]);
  }
  const histories = [...records.values()].map((history) => distinct(history).sort(newestFirst));
  const most = histories.reduce((longest, { length }) => Math.max(longest, length), 0);
  return Array.from({ length: most }, (_, age) => histories.flatMap((history) => history[age] ?? []));
}

/** Of states with the same content the first that was read. */
function distinct(states: readonly ServableState[]): ServableState[] {
  return [...new Map([...states].reverse().map((state) => [JSON.stringify(state.tree), state])).values()].reverse();
}

function newestFirst(a: RecordedState, b: RecordedState): number {
  const changedAt = ({ updatedAt, createdAt }: RecordedState): number => updatedAt ?? createdAt ?? 0;
  return b.syncToken - a.syncToken || changedAt(b) - changedAt(a) || (b.answeredAt ?? 0) - (a.answeredAt ?? 0);
}
