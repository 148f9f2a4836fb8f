import { z } from "zod";
import { between, chance, pick, type Random } from "../../simulator/generate/random.js";
import { EditRefused } from "../../simulator/index.js";
import type { WriteOperation } from "../../src/plugins/writes.js";
import { conflictPolicies, type PolicyRule } from "../../src/sync/conflicts/policy.js";
import { lockOpenChanges, readRecord } from "../../src/sync/local-changes/rows.js";
import { editableValues } from "../../src/sync/local-changes/values.js";
import { UserProblem, UserProblems } from "../../src/sync/problems.js";
import { plugins } from "../support/engine.js";
import type { Ledger } from "./ledger.js";
import type { Queue } from "./queue.js";

/** A record that people edit on both sides. */
export interface Edited {
  readonly entity: string;
  readonly recordId: string;
}

/** What is edited of an entity: our path, and QuickBooks' property of it. */
const texts: Readonly<Record<string, readonly (readonly [path: string, property: string])[]>> = {
  Customer: [
    ["notes", "Notes"],
    ["companyName", "CompanyName"],
    ["givenName", "GivenName"],
    ["familyName", "FamilyName"],
  ],
  Invoice: [
    ["privateNote", "PrivateNote"],
    ["trackingNumber", "TrackingNum"],
    ["customerMemo", "CustomerMemo"],
    ["lines", "Line"],
  ],
};
const ends: Readonly<Record<string, readonly WriteOperation[]>> = {
  Customer: ["DEACTIVATE", "REACTIVATE"],
  Invoice: ["VOID", "DELETE"],
};

const objects = z.array(z.record(z.string(), z.unknown()));

/** People at work on both sides, who note in the ledger what they enter and what they have seen. */
export class People {
  readonly records: Edited[] = [];

  constructor(
    readonly queue: Queue,
    readonly ledger: Ledger,
    readonly random: Random,
  ) {}

  /** Of one of the records, a text or two. What the gateway refuses is not entered. */
  async editHere(): Promise<void> {
    const edited = this.any();
    const { record, open } = await this.look(edited);
    const shown = editableValues(record.plugin, record.mapped);
    const paths = new Set([this.text(edited)[0], this.text(edited)[0]]);
    const values = Object.fromEntries([...paths].map((path) => [path, this.#newValue(path, shown)]));
    const changeId = await this.allowed(() => this.queue.edit(edited.entity, edited.recordId, values));
    if (changeId === undefined || changeId === "") return;
    this.ledger.entered(edited.recordId, values);
    const change = await this.queue.change(changeId);
    for (const path of paths) {
      this.ledger.answer(open.map(({ edits }) => edits[path]?.value));
      // Who edits what a conflict is about leaves it to be decided.
      const isHeld = open.at(-1)?.status === "CONFLICT" && path in (open.at(-1)?.edits ?? {});
      if (!isHeld) this.ledger.answer(shown[path], change.edits[path]?.base);
    }
  }

  /** Ends a record, or brings it back. */
  async endHere(): Promise<void> {
    const edited = this.any();
    const operation = pick(this.random, [...(ends[edited.entity] ?? [])] as [WriteOperation, ...WriteOperation[]]);
    const { open } = await this.look(edited);
    const changeId = await this.allowed(() => this.queue.edit(edited.entity, edited.recordId, {}, operation));
    if (changeId === undefined || changeId === "") return;
    const change = await this.queue.change(changeId);
    this.ledger.answer(change.baseContent);
    if (operation === "DELETE") this.ledger.answer(open.map(({ edits }) => edits));
  }

  async createHere(): Promise<void> {
    const { bench, connectionId } = this.queue;
    const [displayName, notes] = [this.ledger.newText(), this.ledger.newText()];
    const values = { displayName: `New ${displayName}`, notes };
    const { actor, localChanges } = bench;
    const asked = { actor, operation: "CREATE", entity: "Customer", connectionId, values, dryRun: false } as const;
    const { recordId } = await localChanges.edit(asked);
    if (recordId === null) throw new Error("A new record has no id.");
    this.records.push({ entity: "Customer", recordId });
    this.ledger.entered(recordId, values);
  }

  /** Somebody in QuickBooks, who sees what is there now. */
  async editThere(): Promise<void> {
    const edited = this.any();
    const [path, property] = this.text(edited);
    const { quickbooksId } = (await this.look(edited)).record;
    const now = this.inQuickBooks(edited.entity, quickbooksId);
    if (now === undefined) return;
    const value = path === "lines" ? this.#newLines(now) : this.#newText(property);
    try {
      this.queue.company.change(edited.entity, quickbooksId, { [property]: value });
    } catch (error) {
      if (error instanceof EditRefused) return;
      throw error;
    }
    this.ledger.answer(now[property]);
    this.ledger.entered(edited.recordId, value);
  }

  async endThere(): Promise<void> {
    const edited = this.any();
    const { quickbooksId } = (await this.look(edited)).record;
    const now = this.inQuickBooks(edited.entity, quickbooksId);
    if (now === undefined) return;
    const { company } = this.queue;
    const kinds = edited.entity === "Invoice" ? (["void", "delete"] as const) : (["deactivate", "reactivate"] as const);
    const kind = pick(this.random, kinds);
    try {
      company[kind](edited.entity, quickbooksId);
    } catch (error) {
      if (error instanceof EditRefused) return;
      throw error;
    }
    if (kind === "delete") this.ledger.answer(now);
  }

  async setPolicies(): Promise<void> {
    const policy = () => pick(this.random, conflictPolicies);
    const rules: PolicyRule[] = [];
    if (chance(this.random, 0.3)) rules.push({ policy: policy() });
    if (chance(this.random, 0.3)) rules.push({ entity: "Invoice", policy: policy() });
    if (chance(this.random, 0.3)) rules.push({ entity: "Customer", field: "notes", policy: policy() });
    await this.queue.setPolicies(...rules);
  }

  /** A record as the mirror has it, and what waits of it. */
  async look({ entity, recordId }: Edited) {
    const plugin = plugins.find(({ name }) => name === entity);
    if (plugin === undefined) throw new Error(`No plugin is named ${entity}.`);
    const { database } = this.queue.bench;
    const record = await readRecord(database.pool, plugin, recordId);
    if (record === undefined) throw new Error(`${entity} ${recordId} is not mirrored.`);
    const open = await database.transaction((client) => lockOpenChanges(client, [recordId]));
    return { record: { ...record, plugin }, open };
  }

  inQuickBooks(entity: string, quickbooksId: string): Readonly<Record<string, unknown>> | undefined {
    const text = this.queue.company.record(entity, quickbooksId)?.text;
    return text === undefined ? undefined : z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  }

  /** undefined where people are told that it cannot be. */
  async allowed<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof UserProblem || error instanceof UserProblems) return undefined;
      throw error;
    }
  }

  any(): Edited {
    const edited = this.records[between(this.random, 0, this.records.length - 1)];
    if (edited === undefined) throw new Error("Nobody has a record yet.");
    return edited;
  }

  text({ entity }: Edited): readonly [path: string, property: string] {
    const all = texts[entity] ?? [];
    return all[between(this.random, 0, all.length - 1)] ?? ["", ""];
  }

  #newText(property: string): unknown {
    const text = this.ledger.newText();
    return property === "CustomerMemo" ? { value: text } : text;
  }

  #newValue(path: string, shown: Readonly<Record<string, unknown>>): unknown {
    const text = this.ledger.newText();
    if (path !== "lines") return text;
    const rows = objects.parse(shown["lines"]);
    return rows.map((row, at) => (at === 0 ? { lineId: row["lineId"], description: text } : { lineId: row["lineId"] }));
  }

  #newLines(now: Readonly<Record<string, unknown>>): unknown {
    return objects
      .parse(now["Line"])
      .map((line, at) => (at === 0 ? { ...line, Description: this.ledger.newText() } : line));
  }
}
