import { z } from "zod";
import { pick } from "../../simulator/generate/random.js";
import { choices, conflictColumns, conflictRow, type Conflict } from "../../src/sync/conflicts/conflict.js";
import { localChangeColumns, localChangeRow, type LocalChange } from "../../src/sync/local-changes/local-change.js";
import type { People } from "./histories.js";

const decided = z.looseObject({ policy: z.string(), path: z.string(), platform: z.unknown(), quickbooks: z.unknown() });
const auditRow = z.object({ subjectId: z.string(), after: z.object({ decided: z.array(decided) }) });

/** Those who decide what waits for somebody: about conflicts, and about edits that QuickBooks refused. */
export class Deciders {
  #heard = new Date(0);

  constructor(private readonly people: People) {}

  async conflicts(statuses: readonly string[] = ["OPEN"]): Promise<Conflict[]> {
    const text = `SELECT ${conflictColumns("x")} FROM conflicts x WHERE x.status = ANY($1) AND x.connection_id = $2 ORDER BY x.number`;
    return this.#rows(conflictRow, text, [statuses, this.people.queue.connectionId]);
  }

  async unsettled(): Promise<LocalChange[]> {
    const text = `SELECT ${localChangeColumns("l")} FROM local_changes l
      WHERE l.status NOT IN ('PUSHED', 'CANCELLED') AND l.connection_id = $1 ORDER BY l.number`;
    return this.#rows(localChangeRow, text, [this.people.queue.connectionId]);
  }

  /** How often a person or a policy has decided about a local change. */
  async decisionsOn(changeId: string): Promise<number> {
    const text = `SELECT (SELECT count(*) FROM conflicts WHERE local_change_id = $1::uuid AND status = 'RESOLVED')::integer
      + (SELECT count(*) FROM audit_entries WHERE subject_id = $1::uuid::text AND action = 'conflict.decideByPolicy')::integer AS count`;
    return (await this.#rows(z.object({ count: z.number() }), text, [changeId]))[0]?.count ?? 0;
  }

  /** Decides a conflict as it was looked at; refused where it is not so any more. */
  async decide(conflict: Conflict): Promise<void> {
    const { queue, ledger, random, allowed } = this.people;
    const asked = { actor: queue.bench.actor, conflictId: conflict.id, expectedVersion: conflict.version };
    const { edits, operation } = await queue.change(conflict.localChangeId);
    if (conflict.kind !== "FIELDS") {
      const recreates = operation === "UPDATE" && random() < 0.5;
      const choice = recreates ? { recreate: true } : { discard: true };
      const outcome = await allowed(() => queue.conflicts.resolve({ ...asked, ...choice }));
      if (outcome === undefined) return;
      const values = Object.values(edits).map(({ value }) => value);
      ledger.answer(values);
      if (outcome.recreatedId === null) return;
      this.people.records.push({ entity: conflict.entity, recordId: outcome.recreatedId });
      ledger.move(values, outcome.recreatedId);
      return;
    }
    const fields = conflict.fields.map(({ path }) => this.#choice(path));
    if ((await allowed(() => queue.conflicts.resolve({ ...asked, fields }))) === undefined) return;
    for (const [at, { path, platform, quickbooks, meanwhile }] of conflict.fields.entries()) {
      const { choose, value } = fields[at] ?? {};
      ledger.entered(conflict.recordId, value);
      if (choose !== "PLATFORM") ledger.answer(platform);
      if (choose !== "QUICKBOOKS") ledger.answer(quickbooks);
      // Who removes a record has seen what changed of it.
      if (choose === "PLATFORM" && path === "state") ledger.answer(meanwhile);
    }
  }

  async ignore({ id: conflictId, version: expectedVersion }: Conflict): Promise<void> {
    const { queue, allowed } = this.people;
    await allowed(() => queue.conflicts.ignore({ actor: queue.bench.actor, conflictId, expectedVersion }));
  }

  async reopen({ id: conflictId }: Conflict): Promise<void> {
    const { queue, allowed } = this.people;
    await allowed(() => queue.conflicts.reopen({ actor: queue.bench.actor, conflictId }));
  }

  /** Sends again what QuickBooks refused, or gives it up. */
  async retryOrCancel({ id }: LocalChange, retries: boolean): Promise<void> {
    const { queue, ledger, allowed } = this.people;
    const { localChanges, actor } = queue.bench;
    if (retries) return allowed(() => localChanges.retry(actor, id));
    const { edits } = await queue.change(id);
    const done = await allowed(async () => {
      await localChanges.cancel(actor, id);
      return true;
    });
    if (done === true) ledger.answer(edits);
  }

  /** What policies have decided since the last time, by the audit. */
  async hearPolicies(): Promise<void> {
    const { queue, ledger } = this.people;
    const text = `SELECT subject_id AS "subjectId", after, at FROM audit_entries WHERE action = 'conflict.decideByPolicy' AND at >= $1`;
    const rows = await this.#rows(auditRow.extend({ at: z.date() }), text, [this.#heard]);
    for (const { subjectId, after, at } of rows) {
      this.#heard = at;
      for (const { policy, path, platform, quickbooks } of after.decided) {
        ledger.answer(policy === "QUICKBOOKS_WINS" ? platform : quickbooks);
        // Who wants the record gone gets that, whatever has become of it.
        if (path === "state" && policy === "PLATFORM_WINS") ledger.answer((await queue.change(subjectId)).baseContent);
      }
    }
  }

  #choice(path: string) {
    const { ledger, random } = this.people;
    const isText = path !== "state" && path !== "lines";
    const choose = pick(random, isText ? choices : (["QUICKBOOKS", "PLATFORM"] as const));
    return { path, choose, ...(choose === "VALUE" && { value: ledger.newText() }) };
  }

  async #rows<Row>(schema: z.ZodType<Row>, text: string, values: readonly unknown[]): Promise<Row[]> {
    const { rows } = await this.people.queue.bench.database.pool.query(text, [...values]);
    return z.array(schema).parse(rows);
  }
}
