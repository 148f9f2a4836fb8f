import type { Company } from "../company/company.js";
import type { Switches } from "../switches.js";
import { QueryRefused } from "./errors.js";
import { parseQuery } from "./parse.js";
import { runQuery } from "./run.js";
import type { QueryResult } from "./run.js";

/** What a query depends on besides its company. */
export interface Asking {
  readonly switches: Switches;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** When the request began, milliseconds since 1970. */
  readonly nowMs: number;
}

/** The property `"QueryResponse":{…}` of an answer, and how many records it holds. */
export interface Answered {
  readonly bytes: Buffer;
  readonly rows: number;
}

const comma = Buffer.from(",");

/** Answers the statement. Throws {@link QueryRefused}, also over a poisoned record. */
export function queryResponse(company: Company, text: string, { switches, random, nowMs }: Asking): Answered {
  const statement = parseQuery(text);
  const { zonelessTimes } = switches;
  const result = runQuery(company.books, statement, { nowMs, zonelessTimes, switches, random });
  if (result.rows.some((row) => company.isPoisoned(row))) throw QueryRefused.poisoned();
  if (statement.isCount) return bare(`{"totalCount":${String(result.total)}}`);
  return result.rows.length === 0 ? bare("{}") : page(company, result, switches);
}

function bare(response: string): Answered {
  return { bytes: Buffer.from(`"QueryResponse":${response}`), rows: 0 };
}

function page(company: Company, { entity, rows, total, startPosition }: QueryResult, switches: Switches): Answered {
  const { books } = company;
  const start = Buffer.from(`"QueryResponse":{"${entity.name}":[`);
  const counted = switches.totalCount === "all" ? total : rows.length;
  const totalCount = entity.totalCount ? `,"totalCount":${String(counted)}` : "";
  const position = `"startPosition":${String(startPosition)},"maxResults":${String(rows.length)}${totalCount}`;
  const parts = rows.flatMap((row, index) => [index === 0 ? start : comma, books.bytes(row, "query")]);
  return { bytes: Buffer.concat([...parts, Buffer.from(`],${position}}`)]), rows: rows.length };
}
