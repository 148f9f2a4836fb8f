import type { PoolClient } from "pg";
import { z } from "zod";
import { atLeast, type Actor } from "../../access/actor.js";
import { Forbidden } from "../../access/errors.js";
import type { Clock } from "../../foundation/clock.js";
import type { Database } from "../../foundation/database/database.js";
import { againAfterDeadlock } from "../../foundation/database/deadlocks.js";
import type { Ids } from "../../foundation/ids.js";
import type { Log } from "../../foundation/log.js";
import type { EventSink } from "../../foundation/streams.js";
import type { EntityPlugin } from "../../plugins/plugin.js";
import type { ListAction, Values, WriteOperation } from "../../plugins/writes.js";
import { answeredBefore, rememberAnswer, type KeyedRequest } from "../idempotency.js";
import { UserProblem, UserProblems } from "../problems.js";
import { LateEvents } from "../store/late-events.js";
import { lockEdited, placeOfEdit, writablePlugin, type Asked } from "./asked.js";
import { keepPlan, type Kept } from "./keep.js";
import { planCreate, planState, planUpdate, type Plan } from "./plan.js";
import { previewOf, previewOfChange, type EditPreview } from "./preview.js";
import { readChange, readRecord } from "./rows.js";
import { cancelChange, retryChange } from "./settle.js";
import { staleProblems } from "./staleness.js";
import { editableValues } from "./values.js";
import { assertSendable } from "./unlanded.js";
import { checkWanted, resolveGiven } from "./wanted.js";

export type { EditPreview } from "./preview.js";
export { RecordReference } from "./references.js";

/** What somebody asks for of one record. */
export interface EditRequest {
  readonly actor: Actor;
  readonly operation: WriteOperation;
  readonly entity: string;
  /** CREATE: in which company, by our id. */
  readonly connectionId?: string;
  /** Others: which record, by our id. */
  readonly recordId?: string;
  /** The version that the editor saw. */
  readonly expectedVersion?: number;
  readonly idempotencyKey?: string;
  /** Checks everything and writes nothing. */
  readonly dryRun: boolean;
  /** By path. What refers to records does so by RecordReference. */
  readonly values: Values;
  /** The rows given are added to the list, or taken out of it. */
  readonly listAction?: ListAction;
}

export interface EditOutcome {
  /** null in a dry run of a create. */
  readonly recordId: string | null;
  /** null where nothing changes, and in a dry run. */
  readonly localChangeId: string | null;
  readonly preview: EditPreview;
}

/** Edits of records, kept here until QuickBooks has them. All throw UserProblem or UserProblems, which name fields by their paths. */
export interface LocalChanges {
  edit(request: EditRequest): Promise<EditOutcome>;
  /** Sends again what was refused, or what a person says has not landed. */
  retry(actor: Actor, id: string): Promise<void>;
  /** Gives up what is not on its way. */
  cancel(actor: Actor, id: string): Promise<void>;
}

export interface LocalChangesServices {
  readonly database: Pick<Database, "transaction">;
  readonly streams: EventSink;
  readonly plugins: readonly EntityPlugin[];
  readonly ids: Ids;
  readonly clock: Clock;
  readonly log: Log;
  /** Tells workers, in whatever process, that there is work. */
  readonly wakeWorkers: () => Promise<void>;
}

export function createLocalChanges(services: LocalChangesServices): LocalChanges {
  return new PostgresLocalChanges(services);
}

interface Writing {
  readonly client: PoolClient;
  readonly streams: EventSink;
}

/** Longest JSON of what one edit gives. */
const longestEdit = 1_000_000;

class PostgresLocalChanges implements LocalChanges {
  readonly #services: LocalChangesServices;

  constructor(services: LocalChangesServices) {
    this.#services = services;
  }

  async edit(request: EditRequest): Promise<EditOutcome> {
    needOperator(request.actor);
    if (JSON.stringify(request.values).length > longestEdit) {
      throw new UserProblem("INVALID", "fields", "One edit holds 1 MB at most: make it shorter.");
    }
    return this.#transaction((client, streams) => this.#edit({ client, streams }, request));
  }

  async retry(actor: Actor, id: string): Promise<void> {
    needOperator(actor);
    await this.#transaction((client, streams) => retryChange({ ...this.#services, client, streams, actor }, id));
  }

  async cancel(actor: Actor, id: string): Promise<void> {
    needOperator(actor);
    await this.#transaction((client, streams) => cancelChange({ ...this.#services, client, streams, actor }, id));
  }

  /** Tells what happened when all else is locked, and wakes whoever pushes. */
  async #transaction<T>(work: (client: PoolClient, streams: EventSink) => Promise<T>): Promise<T> {
    const { database, streams } = this.#services;
    const result = await againAfterDeadlock(() =>
      database.transaction(async (client) => {
        const events = new LateEvents(streams);
        const done = await work(client, events);
        await events.tell(client);
        return done;
      }),
    );
    await this.#wake();
    return result;
  }

  async #edit({ client, streams }: Writing, request: EditRequest): Promise<EditOutcome> {
    const { plugins, clock, ids } = this.#services;
    const { operation, actor, dryRun } = request;
    const known = writablePlugin(plugins, request);
    const before = dryRun ? undefined : await answeredBefore(client, keyed(request));
    if (before !== undefined) return repeated(client, known, operation, before);
    const company = await placeOfEdit(client, clock, known.plugin, request);
    const given = await resolveGiven({ client, plugins }, { ...known, company }, request);
    const asked: Asked = { ...known, company, ...(await lockEdited(client, known.plugin, company, request)) };
    const wanted = await checkWanted({ client, plugins }, asked, request, given);
    const stale =
      asked.record && (await staleProblems(client, asked.plugin, asked.record, { ...request, values: given.values }));
    const problems = [...(stale ?? []), ...wanted.problems];
    if (problems.length > 0) throw new UserProblems(problems);
    const plan = planOf(asked, operation, wanted.values);
    await assertSendable({ client, plugins }, asked, plan);
    const preview = previewOf(asked, operation, plan);
    if (dryRun) return { recordId: asked.record?.id ?? null, localChangeId: null, preview };
    const kept = await keepPlan({ client, streams, ids, actor }, asked, plan, wanted.referenced);
    await rememberAnswer(client, keyed(request), JSON.stringify(kept));
    return { ...kept, preview };
  }

  async #wake(): Promise<void> {
    try {
      await this.#services.wakeWorkers();
    } catch (error) {
      this.#services.log.warn({ err: error }, "The workers could not be woken; the sweep finds the work.");
    }
  }
}

function needOperator(actor: Actor): void {
  if (!atLeast(actor, "OPERATOR")) throw new Forbidden("This needs the role OPERATOR.");
}

function planOf({ plugin, record, changes }: Asked, operation: WriteOperation, values: Values): Plan {
  if (record === undefined) return planCreate(values);
  const edited = { plugin, state: record.state, values: editableValues(plugin, record.mapped), changes };
  if (operation === "UPDATE" || operation === "CREATE") return planUpdate(edited, values);
  return planState(edited, operation);
}

const keptAnswer = z.object({ recordId: z.string().nullable(), localChangeId: z.string().nullable() });

/** The answer to a request that was kept before: the same record and change, as they are now. */
async function repeated(
  client: PoolClient,
  { plugin, writes }: Pick<Asked, "plugin" | "writes">,
  operation: WriteOperation,
  answer: string,
): Promise<EditOutcome> {
  const kept: Kept = keptAnswer.parse(JSON.parse(answer));
  const record = kept.recordId === null ? undefined : await readRecord(client, plugin, kept.recordId);
  const change = kept.localChangeId === null ? undefined : await readChange(client, kept.localChangeId);
  const asked = { plugin, writes, record };
  return { ...kept, preview: change ? previewOfChange(asked, change) : previewOf(asked, operation, { givenUp: [] }) };
}

function keyed(request: EditRequest): KeyedRequest {
  const { actor, operation, entity, connectionId, recordId, expectedVersion, values, listAction } = request;
  const content = [connectionId, recordId, expectedVersion, values];
  return {
    actor,
    operation: `${listAction?.verb ?? operation.toLowerCase()}${entity}`,
    idempotencyKey: request.idempotencyKey,
    content,
  };
}
