import { jsonText } from "../answers.js";
import type { Answer } from "../answers.js";
import type { ApiRequest } from "../api.js";
import type { Company } from "../company/company.js";
import type { Clock } from "../clock.js";
import { entityNamed } from "../entities/index.js";
import { EditRefused } from "../entities/refused.js";
import type { Asking } from "../query/answer.js";
import type { Switches } from "../switches.js";
import { itemFault } from "../fault-answers.js";
import type { Faults } from "../faults.js";
import { itemsOf, performItem } from "./batch.js";
import type { ItemOutcome } from "./batch.js";
import { companyReset, faultPart, refusalOf, unsupported } from "./faults.js";
import { WriteLog } from "./log.js";
import type { WriteLogEntry } from "./log.js";
import { perform } from "./perform.js";
import type { Outcome, Place } from "./perform.js";
import { Replays } from "./replays.js";
import { bodyOf, writeOf } from "./request.js";
import type { Json, Operation, Write } from "./request.js";

/** How long a name a request may give itself, and one that is a batch. */
const longestRequestId = { single: 50, batch: 36 };

type Entry = Omit<WriteLogEntry, "sequence">;

/** An answer about to be given, with what was done for it. */
interface Done {
  readonly status: number;
  readonly body: string;
  readonly writes: readonly Entry[];
  /** How many successful queries are in it. */
  readonly reads?: number;
}

/** A request to write, where it came in. */
export interface Arrived {
  readonly request: ApiRequest;
  readonly company: Company;
  /** The answer's time. */
  readonly time: string;
  /** Whether the company was reset since the app was connected. */
  readonly isStale: boolean;
}

/** Everything apps write: one record at a time, or in batches. */
export class Writes {
  readonly log = new WriteLog();
  readonly replays = new Replays();

  constructor(
    readonly clock: Clock,
    readonly switches: Switches,
    readonly faults: Faults,
    readonly random: () => number,
  ) {}

  /** Writes, unless a request of the same name was answered before: then its answer is given again, whatever has become of the record since. */
  handle(arrived: Arrived): Answer {
    const { request, company } = arrived;
    const requestId = request.query.get("requestid") ?? undefined;
    if (requestId === undefined) return this.#answer(this.#do(arrived, undefined), false);
    const { realmId } = company;
    const now = { nowMs: this.clock.now(), keptMs: this.switches.requestIdsKeptMs };
    const asked = `${request.rest.join("/")} ${request.query.get("operation") ?? ""} ${request.body}`;
    const known = this.replays.find(realmId, requestId, now);
    if (known && known.asked !== asked && this.switches.requestIdReuse === "refused")
      return this.#answer(this.#refused(arrived, duplicateRequest(requestId)), false);
    if (known) return this.#answer(known, true);
    const done = this.#do(arrived, requestId);
    this.replays.keep({ realmId, requestId, at: now.nowMs, asked, ...done });
    return this.#answer(done, false);
  }

  #answer({ status, body, writes, reads = 0 }: Done, isReplay: boolean): Answer {
    for (const entry of writes) this.log.add({ ...entry, at: this.clock.now(), isReplay });
    return { ...jsonText(status, body), reads };
  }

  #do(arrived: Arrived, requestId: string | undefined): Done {
    const isBatch = arrived.request.rest[0] === "batch";
    if (requestId !== undefined && requestId.length > longestRequestId[isBatch ? "batch" : "single"])
      return this.#refused(arrived, invalidRequestId(requestId));
    return isBatch ? this.#batch(arrived, requestId) : this.#single(arrived, requestId);
  }

  #place({ company }: Arrived): Place {
    return { company, switches: this.switches, nowMs: this.clock.now() };
  }

  #single(arrived: Arrived, requestId: string | undefined): Done {
    const { request, time, isStale } = arrived;
    let write: Write | undefined;
    const outcome = perform(this.#place(arrived), () => {
      if (isStale) throw companyReset();
      write = writeOf(entityOf(request), bodyOf(request.body), instructionsOf(request));
      return write;
    });
    const isTimeless = outcome.fault?.code === "2030";
    const body = `{${outcome.part}${isTimeless ? "" : `,"time":"${time}"`}}`;
    return { status: outcome.status, body, writes: [this.#entry(arrived, outcome, write, requestId)] };
  }

  #batch(arrived: Arrived, requestId: string | undefined): Done {
    const { request, time, isStale } = arrived;
    const place = this.#place(arrived);
    const asking: Asking = { switches: this.switches, random: this.random, nowMs: request.startedMs };
    try {
      if (isStale) throw companyReset();
      const outcomes = itemsOf(bodyOf(request.body)).map(
        (item) => this.#injected(arrived, item) ?? performItem(place, item, asking),
      );
      const items = outcomes.map(
        ({ part, bId }) => `{${part}${bId === undefined ? "" : `,"bId":${JSON.stringify(bId)}`}}`,
      );
      const writes = outcomes
        .filter(({ isQuery }) => !isQuery)
        .map((outcome) => ({
          ...this.#entry(arrived, outcome, outcome.write, requestId),
          ...(outcome.bId === undefined ? {} : { bId: outcome.bId }),
        }));
      const reads = outcomes.filter(({ isQuery, status }) => isQuery && status === 200).length;
      return { status: 200, body: `{"BatchItemResponse":[${items.join(",")}],"time":"${time}"}`, writes, reads };
    } catch (error) {
      return this.#refused(arrived, error);
    }
  }

  /** What a fault meant for single items makes of one. */
  #injected({ request, company }: Arrived, item: Json): ItemOutcome | undefined {
    const { bId, operation, Query: statement } = item;
    const isQuery = typeof statement === "string";
    const injected = this.faults.take({
      path: request.path,
      query: isQuery ? statement : "",
      entities: Object.keys(item),
      realmId: company.realmId,
      operation: isQuery ? "read" : operationNamed(operation),
      isInBatch: true,
    });
    const met = injected && itemFault(injected.spec.kind);
    if (!met) return undefined;
    const part = faultPart(met.error, met.type);
    return { status: 400, part, fault: met.error, bId: textOf(bId), write: undefined, isQuery };
  }

  #refused(arrived: Arrived, error: unknown): Done {
    const fault = refusalOf(error);
    const outcome: Outcome = { status: 400, part: faultPart(fault), fault };
    const body = `{${outcome.part},"time":"${arrived.time}"}`;
    return { status: 400, body, writes: [this.#entry(arrived, outcome, undefined, undefined)] };
  }

  #entry({ company }: Arrived, { status, id, fault }: Outcome, write?: Write, requestId?: string): Entry {
    return {
      at: this.clock.now(),
      realmId: company.realmId,
      ...(write ? { operation: write.operation, entity: write.entity.name } : {}),
      ...(id === undefined ? {} : { id }),
      ...(requestId === undefined ? {} : { requestId }),
      status,
      ...(fault ? { code: fault.code } : {}),
      isReplay: false,
    };
  }
}

function entityOf({ rest, path }: ApiRequest): NonNullable<ReturnType<typeof entityNamed>> {
  const entity = rest.length === 1 ? entityNamed(rest[0] ?? "") : undefined;
  if (!entity)
    throw unsupported(`Could not find resource for relative : ${path} of full path: https://qbo.simulated${path}`);
  return entity;
}

function instructionsOf({ query }: ApiRequest): { readonly operation?: string; readonly include?: string } {
  const [operation, include] = [query.get("operation"), query.get("include")];
  return { ...(operation === null ? {} : { operation }), ...(include === null ? {} : { include }) };
}

function duplicateRequest(requestId: string): EditRefused {
  const detail = `Duplicate Request ID : ${requestId} was used for another request.`;
  return new EditRefused(detail, { code: "600", element: "requestid", detail });
}

function invalidRequestId(requestId: string): EditRefused {
  const detail = `Invalid Request Id Format : ${requestId}`;
  return new EditRefused(detail, { code: "2130", element: "requestid", detail });
}

function operationNamed(value: unknown): Operation | undefined {
  return (["create", "update", "delete", "void"] as const).find((operation) => operation === value);
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
