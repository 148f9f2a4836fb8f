import { authenticationFailed, authorizationFailed, fault, jsonText } from "./answers.js";
import type { Answer } from "./answers.js";
import { changedSince } from "./cdc.js";
import type { Company } from "./company/company.js";
import { entityNamed } from "./entities/index.js";
import type { Grants } from "./oauth/grants.js";
import { answerTime } from "./pacific.js";
import { QueryRefused } from "./query/errors.js";
import { queryResponse } from "./query/answer.js";
import type { Request } from "./request.js";
import { bearerOf } from "./request.js";
import type { Switches } from "./switches.js";
import { notFound, refusalOf } from "./writes/faults.js";
import { batchEntities } from "./writes/kind.js";
import type { Writes } from "./writes/writes.js";

/** A request to `/v3/company/{realmId}/{rest}`. */
export interface ApiRequest extends Request {
  readonly realmId: string;
  readonly rest: readonly string[];
}

/** Undefined when the path is not one of the API. */
export function apiRequest(request: Request): ApiRequest | undefined {
  const [, realmId, rest] = /^\/v3\/company\/([^/]+)\/(.+?)\/?$/.exec(request.path) ?? [];
  return realmId === undefined || rest === undefined ? undefined : { ...request, realmId, rest: rest.split("/") };
}

/** The statement of a query request, wherever it is written. */
export function statementOf({ method, rest, query, body }: ApiRequest): string | undefined {
  if (rest[0] !== "query") return undefined;
  return method === "POST" ? body : (query.get("query") ?? "");
}

function isCdc({ method, rest }: ApiRequest): boolean {
  return method === "GET" && rest.length === 1 && rest[0] === "cdc";
}

/** What a request asks beyond its path: the statement of a query, or the decoded parameters of a call for changes. */
export function questionOf(request: ApiRequest): string | undefined {
  if (!isCdc(request)) return statementOf(request);
  const { query } = request;
  return `entities=${query.get("entities") ?? ""}&changedSince=${query.get("changedSince") ?? ""}`;
}

/** Whether the request only reads. */
export function isRead(request: ApiRequest): boolean {
  return request.method === "GET" || statementOf(request) !== undefined;
}

/** The entities a request is about, as written. */
export function entitiesOf(request: ApiRequest): readonly string[] {
  if (isCdc(request)) return (request.query.get("entities") ?? "").split(",");
  if (request.rest[0] === "batch") return batchEntities(request.body);
  const statement = statementOf(request);
  const name = statement === undefined ? request.rest[0] : /\bfrom\s+(\w+)/i.exec(statement)?.[1];
  return name === undefined ? [] : [name];
}

/** The accounting API of all companies. */
export class Api {
  constructor(
    readonly companies: ReadonlyMap<string, Company>,
    readonly grants: Grants,
    readonly switches: Switches,
    readonly random: () => number,
    readonly writes: Writes,
  ) {}

  /** What the gateway says when the token does not allow the request; undefined when it does. */
  refuse(request: ApiRequest): Answer | undefined {
    const token = bearerOf(request);
    if (token === undefined) return authenticationFailed("Missing access token", request.hostMs);
    const grant = this.grants.check(token);
    if (grant === "unknown")
      return authenticationFailed("Malformed bearer token: too short or too long", request.hostMs);
    if (grant === "expired") return authenticationFailed(`Token expired: ${token.slice(0, 4)}…`, request.hostMs);
    if (grant === "revoked") return authenticationFailed("Token revoked", request.hostMs);
    const isAllowed = grant.realmId === request.realmId && grant.scopes.includes("com.intuit.quickbooks.accounting");
    return isAllowed && this.companies.has(request.realmId) ? undefined : authorizationFailed(request.hostMs);
  }

  handle(request: ApiRequest): Answer {
    const company = this.companies.get(request.realmId);
    if (!company) return authorizationFailed(request.hostMs);
    const time = answerTime(request.hostMs);
    const statement = statementOf(request);
    if (statement !== undefined) return orRefusal(time, () => this.#query(company, statement, request, time));
    if (isCdc(request)) return orRefusal(time, () => changedSince(company, request, this.switches));
    if (request.method === "POST")
      return this.writes.handle({ request, company, time, isStale: this.#isStale(company, request) });
    const [segment = "", id] = request.rest;
    const entity = entityNamed(segment);
    if (!entity || request.rest.length > 2) return unsupported(request, time);
    return this.#read(company, entity.name, id, time);
  }

  /** Whether the company was reset since the app was connected: then it may read, and write only once it is connected again. */
  #isStale({ resetAt }: Company, request: ApiRequest): boolean {
    const grant = this.grants.check(bearerOf(request) ?? "");
    return resetAt !== undefined && typeof grant === "object" && grant.authorizedAt <= resetAt;
  }

  #query(company: Company, text: string, request: ApiRequest, time: string): Answer {
    const asking = { switches: this.switches, random: this.random, nowMs: request.startedMs };
    const { bytes, rows } = queryResponse(company, text, asking);
    return jsonText(200, Buffer.concat([Buffer.from("{"), bytes, Buffer.from(`,"time":"${time}"}`)]), rows);
  }

  #read(company: Company, entity: string, id: string | undefined, time: string): Answer {
    const isSingle = entity === "CompanyInfo" || entity === "Preferences";
    if (!isSingle && !/^\d+$/.test(id ?? "")) {
      return fault(400, "ValidationFault", {
        message: "Invalid ID",
        detail: `Id should be a valid number. Supplied value:${id ?? ""}`,
        code: "2030",
        element: "Id",
      });
    }
    const { books } = company;
    const row = books.find(entity, isSingle ? "1" : (id ?? ""));
    if (!row) return fault(400, "ValidationFault", refusalOf(notFound()), time);
    return jsonText(200, `{"${entity}":${books.bytes(row, "read").toString()},"time":"${time}"}`, 1);
  }
}

/** The answer, or the fault over what was refused. */
function orRefusal(time: string, answer: () => Answer): Answer {
  try {
    return answer();
  } catch (error) {
    if (!(error instanceof QueryRefused)) throw error;
    return fault(400, "ValidationFault", { message: error.title, detail: error.message, code: error.code }, time);
  }
}

function unsupported({ path }: ApiRequest, time: string): Answer {
  const detail = `Operation Could not find resource for relative : ${path} of full path: https://qbo.simulated${path} is not supported.`;
  return fault(
    400,
    "ValidationFault",
    { message: "Unsupported Operation", detail, code: "500", element: "Operation" },
    time,
  );
}
