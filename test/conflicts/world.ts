import type { RecordState } from "../../src/plugins/plugin.js";
import type { Values } from "../../src/plugins/writes.js";
import { compareAll } from "../../src/sync/conflicts/compare-all.js";
import type { ConflictContent, RecordNow } from "../../src/sync/conflicts/compare.js";
import { withEdits } from "../../src/sync/conflicts/compare.js";
import { asksTheSame, type Choice } from "../../src/sync/conflicts/conflict.js";
import { chosenValue, decide } from "../../src/sync/conflicts/decide.js";
import { policiesFor, type PolicyRule } from "../../src/sync/conflicts/policy.js";
import type { Edits, LocalChange } from "../../src/sync/local-changes/local-change.js";
import { planState, planUpdate, type Plan } from "../../src/sync/local-changes/plan.js";
import { sameValue } from "../../src/sync/local-changes/values.js";
import { thing, values } from "./thing.js";

interface Asked extends ConflictContent {
  readonly version: number;
}

/** What somebody looks at before they decide. */
export interface Look {
  readonly changeId: string;
  readonly asked: Asked;
}

/**
 * One record on both sides, with people who edit it here and there, and what the engine makes of it by the rules alone. It notes what
 * anybody has seen or decided, and complains of every value that is overwritten or given up without.
 */
export class World {
  quickbooks: RecordNow = { state: "ACTIVE", values };
  readonly complaints: string[] = [];
  readonly #policies: readonly PolicyRule[];
  #mirror: RecordNow = this.quickbooks;
  #changes: LocalChange[] = [];
  readonly #conflicts = new Map<string, Asked>();
  readonly #seen = new Set<string>();
  readonly #decided = new Set<string>();
  /** What somebody who wants the record gone has looked at. */
  #approved: Values = values;
  #count = 0;

  constructor(policies: readonly PolicyRule[]) {
    this.#policies = policies;
  }

  get open(): readonly LocalChange[] {
    return this.#changes;
  }

  get hasEnded(): boolean {
    return this.quickbooks.state !== "ACTIVE";
  }

  get shown(): RecordNow {
    return withEdits(this.#mirror, Object.fromEntries(this.#changes.flatMap(({ edits }) => Object.entries(edits))));
  }

  /** Somebody edits in QuickBooks. */
  editThere(changed: Values): void {
    this.quickbooks = { ...this.quickbooks, values: { ...this.quickbooks.values, ...changed } };
  }

  endThere(state: RecordState): void {
    this.quickbooks = { ...this.quickbooks, state };
  }

  /** Somebody edits here, who sees the mirror and what waits of it. */
  editHere(given: Values): void {
    if (this.#mirror.state !== "ACTIVE" || this.#changes.some(isRemoval)) return;
    const isHeld = this.#changes.at(-1)?.status === "CONFLICT";
    const known = this.#changes.at(-1)?.edits ?? {};
    for (const path of Object.keys(given)) {
      if (!isHeld || !(path in known)) this.#seen.add(said(path, this.#mirror.values[path]));
      for (const { edits } of this.#changes) this.#seen.add(said(path, edits[path]?.value));
    }
    this.#take(planUpdate({ plugin: thing, ...this.#mirror, changes: this.#changes }, given));
    this.#compare();
  }

  endHere(operation: "VOID" | "DELETE"): void {
    if (this.#mirror.state !== "ACTIVE" || this.#changes.some(isRemoval)) return;
    const plan = planState({ plugin: thing, ...this.#mirror, changes: this.#changes }, operation);
    this.#approved = plan.change?.baseContent ?? {};
    this.#take(plan);
    this.#compare();
  }

  /** What QuickBooks holds comes into the mirror. */
  sync(): void {
    this.#mirror = this.quickbooks;
    this.#compare();
  }

  /** The oldest change is read, compared, frozen and sent; its answer is lost, on the way there or back. */
  send(lands: boolean): void {
    if (this.#changes.some(isInFlight)) return;
    this.sync();
    const [oldest] = this.#changes;
    if (oldest?.status !== "PENDING") return;
    if (lands) this.#land(oldest);
    this.#replace({ ...oldest, status: "UNKNOWN", generation: lands ? 1 : 0 });
  }

  /** The fate of what was sent becomes known. */
  settle(): void {
    const sent = this.#changes.find(isInFlight);
    if (sent === undefined) return;
    if (sent.generation === 1) this.#changes = this.#changes.filter((change) => change !== sent);
    else this.#replace({ ...sent, status: "PENDING" });
    this.sync();
  }

  look(): Look | undefined {
    const [found] = this.#conflicts;
    return found && { changeId: found[0], asked: found[1] };
  }

  /** Decides what was looked at; refused where it is not what is asked any more. Whether it was decided. */
  resolve({ changeId, asked }: Look, choose: (path: string) => Choice, value: () => unknown): boolean {
    const change = this.#changes.find(({ id }) => id === changeId);
    if (change === undefined || this.#conflicts.get(changeId)?.version !== asked.version) return false;
    this.#conflicts.delete(changeId);
    for (const { path, platform, quickbooks } of asked.fields) this.#note(path, platform, quickbooks);
    const ahead = this.#changes.filter((each) => this.#changes.indexOf(each) < this.#changes.indexOf(change));
    const now = withEdits(this.#mirror, Object.fromEntries(ahead.flatMap(({ edits }) => Object.entries(edits))));
    if (isRemoval(change)) this.#approved = { ...now.values, ...seenIn(asked) };
    if (asked.kind !== "FIELDS") {
      for (const [path, edit] of Object.entries(change.edits)) this.#note(path, edit.value);
      this.#changes = this.#changes.filter((each) => each !== change);
      return true;
    }
    const fields = asked.fields.map((field) => {
      const choice = field.path === "state" && choose("state") === "VALUE" ? "PLATFORM" : choose(field.path);
      return { ...field, choice, ...(choice === "VALUE" && { value: value() }) };
    });
    for (const field of fields) this.#note(field.path, chosenValue(field));
    const { status, ...left } = decide(thing, change, fields, now);
    if (status === "CANCELLED") this.#changes = this.#changes.filter((each) => each !== change);
    else this.#replace({ ...change, ...left, status });
    this.#compare();
    return true;
  }

  #compare(): void {
    if (this.#changes.some(isInFlight)) return;
    const policyOf = policiesFor(thing.name, this.#policies);
    for (const { change, comparison } of compareAll(thing, this.#mirror, this.#changes, policyOf)) {
      for (const { path, platform, quickbooks } of comparison.decided) this.#note(path, platform, quickbooks);
      if (comparison.decided.some(({ path }) => path === "state")) this.#approved = comparison.baseContent ?? {};
      const isLeft = comparison.status === "PENDING" || comparison.status === "CONFLICT";
      this.#watch(change.edits, isLeft ? comparison.edits : {});
      const known = this.#conflicts.get(change.id);
      const { conflict } = comparison;
      if (conflict === undefined) this.#conflicts.delete(change.id);
      else if (known === undefined) this.#conflicts.set(change.id, { ...conflict, version: (this.#count += 1) });
      else if (!asksTheSame({ ...known, fields: [...known.fields] }, conflict))
        this.#conflicts.set(change.id, { ...conflict, version: (this.#count += 1) });
      if (isLeft) this.#replace({ ...change, ...comparison });
      else this.#changes = this.#changes.filter(({ id }) => id !== change.id);
    }
  }

  /** What is not left of an edit must be what QuickBooks holds, or have been decided. */
  #watch(before: Edits, after: Edits): void {
    for (const [path, { value }] of Object.entries(before)) {
      const held = path === "state" ? this.#mirror.state : this.#mirror.values[path];
      const isKept = path in after && sameValue(thing, path, after[path]?.value, value);
      if (isKept || sameValue(thing, path, held, value) || this.#decided.has(said(path, value))) continue;
      this.complaints.push(`What was entered here is lost: ${said(path, value)}`);
    }
  }

  /** What QuickBooks holds is overwritten: somebody has seen it, or decided. */
  #land(change: LocalChange): void {
    const { state, ...edits } = change.edits;
    for (const [path, { value }] of Object.entries(edits)) {
      const held = this.quickbooks.values[path];
      if (
        !this.#seen.has(said(path, held)) &&
        !this.#decided.has(said(path, held)) &&
        !sameValue(thing, path, held, value)
      )
        this.complaints.push(`What was entered in QuickBooks is overwritten: ${said(path, held)}`);
    }
    const isApproved = Object.entries(this.quickbooks.values).every(([path, value]) =>
      sameValue(thing, path, value, this.#approved[path]),
    );
    if (state !== undefined && !isApproved)
      this.complaints.push("What was removed had changed since somebody looked at it.");
    this.editThere(Object.fromEntries(Object.entries(edits).map(([path, { value }]) => [path, value])));
    if (state !== undefined) this.endThere(state.value === "VOIDED" ? "VOIDED" : "DELETED");
  }

  #take({ change, joined, givenUp }: Plan): void {
    this.#changes = this.#changes.filter((each) => !givenUp.includes(each));
    for (const { id } of givenUp) this.#conflicts.delete(id);
    if (change === undefined) return;
    if (joined !== undefined) this.#replace({ ...joined, ...change });
    else this.#changes.push(newChange((this.#count += 1), change));
  }

  #replace(change: LocalChange): void {
    this.#changes = this.#changes.map((each) => (each.id === change.id ? change : each));
  }

  #note(path: string, ...all: readonly unknown[]): void {
    for (const value of all) this.#decided.add(said(path, value));
  }
}

const said = (path: string, value: unknown): string => `${path} = ${JSON.stringify(value ?? null)}`;
const isRemoval = ({ operation }: LocalChange): boolean => operation === "VOID" || operation === "DELETE";
const isInFlight = ({ status }: LocalChange): boolean => status === "UNKNOWN";

/** What QuickBooks had changed, as the conflict shows it. */
const seenIn = ({ fields }: ConflictContent): Values =>
  Object.fromEntries(
    fields.flatMap(({ meanwhile }) => Object.entries(meanwhile ?? {}).map(([path, { value }]) => [path, value])),
  );

function newChange(number: number, change: NonNullable<Plan["change"]>): LocalChange {
  const at = new Date(0);
  return {
    ...{
      id: `change ${String(number)}`,
      connectionId: "c",
      epoch: 1,
      entity: "Thing",
      recordId: "r",
      number: String(number),
    },
    ...{ status: "PENDING", requestedBy: null, createdAt: at, updatedAt: at, generation: 0, request: null },
    ...{ firstSentAt: null, lastSentAt: null, attempts: 0, nextAttemptAt: at, fence: 0 },
    ...{ errorCode: null, errorMessage: null, errorIntuitTid: null },
    ...change,
  };
}
