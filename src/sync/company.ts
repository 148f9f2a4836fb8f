import type { RecordSlice } from "../foundation/json.js";
import type { EntityPlugin } from "../plugins/plugin.js";
import type { Answer } from "../quickbooks/answers.js";
import type { CompanyClient } from "../quickbooks/client.js";
import { ObjectNotFound } from "../quickbooks/errors.js";
import type { CompanyCare } from "./company-care.js";
import { activeOrNot, maxPageSize, select, type Condition, type Statement } from "../quickbooks/statements.js";

/** Records as one answer of QuickBooks held them. */
export interface RecordsRead {
  readonly records: readonly RecordSlice[];
  /** QuickBooks' own time of the answer. */
  readonly answeredAt: Date;
  readonly request: string;
}

/** What was found of the ids that were asked for. */
export interface IdsRead extends RecordsRead {
  readonly asked: readonly string[];
}

/** Longest list of ids in one query. */
export const idsPerQuery = 500;

/** One company's records, in the terms of the engine. */
export class Company {
  readonly #client: CompanyClient;
  readonly #care: Pick<CompanyCare, "look">;

  constructor(client: CompanyClient, care: Pick<CompanyCare, "look">) {
    this.#client = client;
    this.#care = care;
  }

  /** QuickBooks' own present. Throws LeaseLost where the company was reset. */
  now(signal: AbortSignal): Promise<Date> {
    return this.#care.look(signal);
  }

  count(plugin: EntityPlugin, where: readonly Condition[], signal: AbortSignal): Promise<number> {
    return this.#client.count(plugin.name, where, signal);
  }

  async query(statement: Statement, signal: AbortSignal): Promise<RecordsRead> {
    const { records, time } = await this.#client.query(statement, signal);
    return { records, answeredAt: time, request: statement.text };
  }

  /** What changed since then, of several entities in one call. */
  changes(entities: readonly string[], since: Date, signal: AbortSignal): Promise<Answer> {
    return this.#client.changes(entities, since, signal);
  }

  /** undefined where QuickBooks answers that nothing has this id (610): the evidence that it is gone (I3). */
  async read(plugin: EntityPlugin, id: string, signal: AbortSignal): Promise<RecordsRead | undefined> {
    try {
      const { records, time } = await this.#client.read(plugin.name, id, signal);
      return { records, answeredAt: time, request: `${plugin.name} ${id}` };
    } catch (error) {
      if (error instanceof ObjectNotFound) return undefined;
      throw error;
    }
  }

  /** What is left of these ids, whatever its dates and whether active or not. */
  async *readByIds(plugin: EntityPlugin, ids: readonly string[], signal: AbortSignal): AsyncGenerator<IdsRead> {
    for (let at = 0; at < ids.length; at += idsPerQuery) {
      const asked = ids.slice(at, at + idsPerQuery);
      const where: Condition[] = [{ property: "Id", operator: "IN", value: asked }];
      if (plugin.quickbooks.kind === "NAME_LIST") where.push(activeOrNot);
      yield { ...(await this.query(select(plugin.name, { where, maxResults: maxPageSize }), signal)), asked };
    }
  }
}
