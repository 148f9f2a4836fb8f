import { z } from "zod";
import type { Answer } from "./answers.js";
import { type CompanyInfo, type Preferences, readCompanyInfo, readPreferences } from "./company-info.js";
import { RequestRejected, UnreadableResult } from "./errors.js";
import type { ApiRequest, Requests } from "./requests.js";
import { type Condition, select, selectCount, type Statement } from "./statements.js";

export interface Company extends Pick<ApiRequest, "connectionId" | "credentials" | "listener"> {
  readonly requests: Requests;
  readonly baseUrl: string;
  readonly realmId: string;
}

/** One write, as it is sent. */
export interface WriteCall {
  /** Of the address: `operation`, `include`. */
  readonly parameters: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
  readonly requestId: string;
  /** Whether an earlier sending of it may have taken effect. */
  readonly wasSentBefore?: boolean;
  /** Whether it may still be sent is asked before every sending: throws where not. */
  readonly beforeSending?: () => Promise<void>;
}

/** Since August 2025 the only one; sent because the documentation asks for it. */
const minorVersion = "75";
/** Longer addresses are cut or refused on the way. */
const mostUrlCharacters = 4000;

const counted = z.object({ QueryResponse: z.object({ totalCount: z.number().int().nonnegative() }) });

/** One company's books. Every method throws the errors of errors.ts, or the reason of `signal`. */
export class CompanyClient {
  constructor(private readonly company: Company) {}

  /** At most 1,000 records; `records` are those of the statement's entity. */
  query({ entity, text }: Statement, signal?: AbortSignal): Promise<Answer> {
    const url = this.address("query", { query: text });
    const isLong = url.length > mostUrlCharacters;
    return this.company.requests.send(
      {
        ...this.company,
        kind: "read",
        path: "query",
        url: isLong ? this.address("query") : url,
        body: isLong ? { contentType: "application/text", text } : undefined,
        expected: { kind: "QUERY", entities: [entity] },
      },
      signal,
    );
  }

  async count(entity: string, where: readonly Condition[], signal?: AbortSignal): Promise<number> {
    const { envelope, intuitTid } = await this.query(selectCount(entity, where), signal);
    const answer = counted.safeParse(envelope);
    if (answer.success) return answer.data.QueryResponse.totalCount;
    throw new UnreadableResult("QuickBooks' count is not a number.", { cause: answer.error, intuitTid });
  }

  /** One record as it is now. Throws ObjectNotFound where nothing has this id, or what had it is gone. */
  read(entity: string, id: string, signal?: AbortSignal): Promise<Answer> {
    if (!/^\d{1,30}$/.test(id))
      return Promise.reject(new RequestRejected("An id is digits only.", { code: "2030", element: "Id" }));
    return this.get(entity, `${entity.toLowerCase()}/${id}`, signal);
  }

  /**
   * What changed since then, of several entities at once: whole records in the order of their changes, then the stubs of deleted
   * ones. 1,000 objects mean that the answer was cut, and the stubs first. At most 30 days back.
   */
  changes(entities: readonly string[], since: Date, signal?: AbortSignal): Promise<Answer> {
    const changedSince = new Date(Math.floor(since.getTime() / 1000) * 1000).toISOString().replace(".000Z", "Z");
    return this.company.requests.send(
      {
        ...this.company,
        kind: "read",
        path: "cdc",
        url: this.address("cdc", { entities: entities.join(","), changedSince }),
        body: undefined,
        expected: { kind: "CHANGES", entities },
      },
      signal,
    );
  }

  /**
   * Creates, changes, voids or deletes one record; the answer holds it, or what is left of a deleted one. Always one record a request:
   * batches are not used. `requestId` (50 characters at most) names the effect: under the same one QuickBooks does it once and answers
   * with its first answer, whatever has become of the record since. Beside the errors of reading, where RetryLater means that QuickBooks
   * did nothing, throws AnswerLost where nobody knows.
   */
  write(
    entity: string,
    { parameters, body, requestId, wasSentBefore, beforeSending }: WriteCall,
    signal?: AbortSignal,
  ): Promise<Answer> {
    const path = entity.toLowerCase();
    return this.company.requests.send(
      {
        ...this.company,
        kind: "write",
        path,
        url: this.address(path, { ...parameters, requestid: requestId }),
        body: { contentType: "application/json", text: body },
        expected: { kind: "RECORD", entities: [entity] },
        wasSentBefore,
        beforeSending,
      },
      signal,
    );
  }

  async companyInfo(signal?: AbortSignal): Promise<CompanyInfo> {
    const answer = await this.get("CompanyInfo", `companyinfo/${this.company.realmId}`, signal);
    return readCompanyInfo(answer);
  }

  async preferences(signal?: AbortSignal): Promise<Preferences> {
    return readPreferences(await this.query(select("Preferences"), signal));
  }

  private get(entity: string, path: string, signal: AbortSignal | undefined): Promise<Answer> {
    return this.company.requests.send(
      {
        ...this.company,
        kind: "read",
        path: entity.toLowerCase(),
        url: this.address(path),
        body: undefined,
        expected: { kind: "RECORD", entities: [entity] },
      },
      signal,
    );
  }

  private address(path: string, parameters: Readonly<Record<string, string>> = {}): string {
    const { baseUrl, realmId } = this.company;
    // Not URLSearchParams, which writes a space as "+": Intuit's gateway was recorded with %20 only.
    const query = Object.entries({ ...parameters, minorversion: minorVersion })
      .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
      .join("&");
    return `${baseUrl}/v3/company/${realmId}/${path}?${query}`;
  }
}
