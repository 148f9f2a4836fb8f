import type { Mapped, RecordState } from "../../plugins/plugin.js";

/** A field that two states of a record tell differently. Lists of children stand whole. */
export interface FieldDifference {
  /** The GraphQL name of the field, or of the list of children. */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** What a record says, as the mirror holds it. */
interface State extends Mapped {
  readonly state: RecordState;
}

/** What a newer state of a record would change. Empty where only what the schema does not show has changed. */
export function fieldDifferences(before: State, after: State): readonly FieldDifference[] {
  const [old, latest] = [valuesOf(before), valuesOf(after)];
  return Object.keys(latest)
    .filter((path) => JSON.stringify(old[path]) !== JSON.stringify(latest[path]))
    .map((path) => ({ path, before: old[path], after: latest[path] }));
}

const valuesOf = ({ state, row, children }: State): Readonly<Record<string, unknown>> => ({
  state,
  ...row,
  ...children,
});
