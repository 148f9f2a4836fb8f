import type { EntityPlugin, RecordState } from "../../plugins/plugin.js";
import type { Values, WriteOperation } from "../../plugins/writes.js";
import type { Edit, Edits, LocalChange } from "./local-change.js";
import { sameValue } from "./values.js";

/** A record as the mirror has it, and its open local changes in order of age. */
export interface Edited {
  readonly plugin: EntityPlugin;
  readonly state: RecordState;
  /** `editableValues`. */
  readonly values: Values;
  readonly changes: readonly LocalChange[];
}

/** What an edit comes to. */
export interface Plan {
  /** The change that holds the edit, as it will be: a new one, or what `joined` becomes. */
  readonly change?: PlannedChange;
  /** The change that the edit joins. */
  readonly joined?: LocalChange;
  /** Changes that the edit makes needless. */
  readonly givenUp: readonly LocalChange[];
  /** Whether the record will never be in QuickBooks. */
  readonly endsRecord?: boolean;
}

interface PlannedChange {
  readonly operation: WriteOperation;
  readonly edits: Edits;
  readonly baseContent: Values | null;
}

const nothing: Plan = { givenUp: [] };

const isUnsent = ({ status }: LocalChange): boolean =>
  status === "PENDING" || status === "CONFLICT" || status === "REJECTED";

/** What is not refused will be in QuickBooks, unless somebody gives it up. */
const isExpected = ({ status }: LocalChange): boolean => status !== "REJECTED";

/** The change that an edit of fields joins: the newest, where it is not sent. */
export function joinedBy({ changes }: Pick<Edited, "changes">): LocalChange | undefined {
  const newest = changes.at(-1);
  const takesFields = newest?.operation === "CREATE" || newest?.operation === "UPDATE";
  return newest !== undefined && takesFields && isUnsent(newest) ? newest : undefined;
}

/** The create of a record that QuickBooks has never been sent, or has refused. */
export function unsentCreate({ changes }: Pick<Edited, "changes">): LocalChange | undefined {
  return changes.find((change) => change.operation === "CREATE" && isUnsent(change));
}

/** All that can be edited, as it will be once what goes before this change has landed. */
export function overlaid({ values, changes }: Pick<Edited, "values" | "changes">, before?: LocalChange): Values {
  const ahead = changes.filter((change) => change !== before && isExpected(change));
  const edits = ahead.flatMap((change) => Object.entries(change.edits)).filter(([path]) => path !== "state");
  return { ...values, ...Object.fromEntries(edits.map(([path, { value }]) => [path, value])) };
}

/** The state that the record is expected to come to. */
export function expectedState({ state, changes }: Pick<Edited, "state" | "changes">): unknown {
  const edits = changes.filter(isExpected).flatMap(({ edits: { state: edit } }) => (edit === undefined ? [] : [edit]));
  return edits.at(-1)?.value ?? state;
}

/** A new record. */
export function planCreate(values: Values): Plan {
  return { change: { operation: "CREATE", edits: createEdits(values), baseContent: null }, givenUp: [] };
}

function createEdits(values: Values): Edits {
  const given = Object.entries(values).filter(([, value]) => (value ?? null) !== null);
  return Object.fromEntries(given.map(([path, value]) => [path, { base: null, value }]));
}

/** New values of fields: they join what is not sent, or stand behind what is. */
export function planUpdate(edited: Edited, given: Values): Plan {
  const joined = joinedBy(edited);
  const before = overlaid(edited, joined);
  if (joined?.operation === "CREATE") return planRecreated(edited, joined, given);
  const known: Edits = joined?.edits ?? {};
  const all = new Map(Object.entries(known));
  for (const [path, value] of Object.entries(given)) {
    all.set(path, editOf(joined, path, { base: before[path] ?? null, value }));
  }
  const left = [...all].filter(([path, { base, value }]) => !sameValue(edited.plugin, path, base, value));
  const edits: Edits = Object.fromEntries(left);
  if (joined === undefined) {
    if (Object.keys(edits).length === 0) return nothing;
    return { change: { operation: "UPDATE", edits, baseContent: before }, givenUp: [] };
  }
  if (Object.keys(edits).length === 0) return { joined, givenUp: [joined] };
  if (isSame(edited.plugin, known, edits) && joined.status !== "REJECTED") return { joined, givenUp: [] };
  return { joined, change: { operation: "UPDATE", edits, baseContent: joined.baseContent }, givenUp: [] };
}

/** A conflict goes on about what it was about: who edits again while it is open has not decided it. */
function editOf(joined: LocalChange | undefined, path: string, fresh: Edit): Edit {
  const known = joined?.edits[path];
  return known === undefined || joined?.status !== "CONFLICT" ? fresh : { ...fresh, base: known.base };
}

function planRecreated({ plugin }: Edited, joined: LocalChange, given: Values): Plan {
  const values = Object.fromEntries(Object.entries(joined.edits).map(([path, { value }]) => [path, value]));
  const edits = createEdits({ ...values, ...given });
  if (isSame(plugin, joined.edits, edits) && joined.status !== "REJECTED") return { joined, givenUp: [] };
  return { joined, change: { operation: "CREATE", edits, baseContent: null }, givenUp: [] };
}

function isSame(plugin: EntityPlugin, left: Edits, right: Edits): boolean {
  const paths = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...paths].every((path) => {
    const [one, other] = [left[path], right[path]];
    return one !== undefined && other !== undefined && sameValue(plugin, path, one.value, other.value);
  });
}

const targetStates = { DEACTIVATE: "INACTIVE", REACTIVATE: "ACTIVE", VOID: "VOIDED", DELETE: "DELETED" } as const;
type StateOperation = keyof typeof targetStates;

/** What ends or restores a record. */
export function planState(edited: Edited, operation: StateOperation): Plan {
  const value = targetStates[operation];
  const ends = operation === "VOID" || operation === "DELETE";
  if (ends && unsentCreate(edited) !== undefined) return { givenUp: edited.changes, endsRecord: true };
  const newest = edited.changes.at(-1);
  const asked = newest?.edits["state"];
  if (newest !== undefined && asked !== undefined && isUnsent(newest)) {
    if (asked.value === value) return asksAgain(newest, asked);
    if (asked.base === value) return { joined: newest, givenUp: [newest] };
  }
  const base = expectedState(edited);
  if (base === value) return nothing;
  const givenUp = operation === "DELETE" ? edited.changes.filter(isUnsent) : [];
  const changes = edited.changes.filter((change) => !givenUp.includes(change));
  const edits = { state: { base: expectedState({ ...edited, changes }), value } };
  return { change: { operation, edits, baseContent: overlaid({ ...edited, changes }) }, givenUp };
}

/** What was refused is tried again; what waits goes on waiting. */
function asksAgain(newest: LocalChange, state: Edit): Plan {
  const { operation, baseContent } = newest;
  if (newest.status !== "REJECTED") return { joined: newest, givenUp: [] };
  return { joined: newest, change: { operation, edits: { state }, baseContent }, givenUp: [] };
}
