import { z } from "zod";
import { cutRecords, type RecordSlice } from "../foundation/json.js";
import type { EntityPlugin } from "../plugins/plugin.js";
import { ObjectNotFound } from "../quickbooks/errors.js";
import { select, selectCount, type Condition, type Statement } from "../quickbooks/statements.js";
import type { Answer, CompanyClient } from "../quickbooks/client.js";

/** Records as one answer of QuickBooks held them. */
export interface RecordsRead {
  readonly records: readonly RecordSlice[];
  readonly answeredAt: Date;
  readonly request: string;
}

/** Longest list of ids in one query. */
const idsPerQuery = 500;

const countAnswer = z.object({ QueryResponse: z.object({ totalCount: z.number().int().nonnegative() }) });

/** One company's records, read through the client: answers cut into records, nothing parsed that need not be. */
export class Company {
  readonly #client: CompanyClient;

  constructor(client: CompanyClient) {
    this.#client = client;
  }

  /** CompanyInfo's answer gives QuickBooks' own present, besides what is in it. */
  get client(): CompanyClient {
    return this.#client;
  }

  async query(plugin: EntityPlugin, statement: Statement, signal: AbortSignal): Promise<RecordsRead> {
    return recordsOf(plugin, await this.#client.query(statement, signal), statement.text);
  }

  async count(plugin: EntityPlugin, where: readonly Condition[], signal: AbortSignal): Promise<number> {
    const { body } = await this.#client.query(selectCount(plugin.name, where), signal);
    return countAnswer.parse(JSON.parse(body.toString("utf8"))).QueryResponse.totalCount;
  }

  /** undefined where QuickBooks answers that nothing has this id (610): the evidence that it is gone (I3). */
  async read(plugin: EntityPlugin, id: string, signal: AbortSignal): Promise<RecordsRead | undefined> {
    try {
      return recordsOf(plugin, await this.#client.read(plugin.name, id, signal), `${plugin.name} ${id}`);
    } catch (error) {
      if (error instanceof ObjectNotFound) return undefined;
      throw error;
    }
  }

  /** What is left of these ids, whatever its dates and whether active or not. */
  async *readByIds(
    plugin: EntityPlugin,
    ids: readonly string[],
    signal: AbortSignal,
  ): AsyncGenerator<RecordsRead & { readonly asked: readonly string[] }> {
    for (let at = 0; at < ids.length; at += idsPerQuery) {
      const asked = ids.slice(at, at + idsPerQuery);
      const where: Condition[] = [{ property: "Id", operator: "IN", value: asked }];
      if (plugin.quickbooks.kind === "NAME_LIST")
        where.push({ property: "Active", operator: "IN", value: [true, false] });
      yield { ...(await this.query(plugin, select(plugin.name, { where, maxResults: 1000 }), signal)), asked };
    }
  }
}

function recordsOf(plugin: EntityPlugin, { body, time }: Answer, request: string): RecordsRead {
  const { records } = cutRecords(body, new Set([plugin.name]));
  return { records: records.get(plugin.name) ?? [], answeredAt: time, request };
}
