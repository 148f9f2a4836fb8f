import { z } from "zod";
import { parseExact } from "../foundation/json.js";
import { type Answer, instant } from "./answers.js";
import { RequestRejected, UnreadableResult } from "./errors.js";
import type { ApiRequest, Requests } from "./requests.js";
import { type Condition, select, selectCount, type Statement } from "./statements.js";

/** What the gateway keeps of CompanyInfo. */
export interface CompanyInfo {
  readonly companyName: string;
  readonly country: string | undefined;
  /** An IANA name; companies that have not been opened since 2025 may lack it. */
  readonly timeZone: string | undefined;
  /** Moves when the company is reset. */
  readonly createdAt: Date | undefined;
  /** QuickBooks' own present, as it began to answer. */
  readonly time: Date;
}

export interface Preferences {
  /** ISO 4217. */
  readonly homeCurrency: string | undefined;
  readonly isMultiCurrency: boolean;
}

export interface Company extends Pick<ApiRequest, "connectionId" | "credentials" | "listener"> {
  readonly requests: Requests;
  readonly baseUrl: string;
  readonly realmId: string;
}

/** Since August 2025 the only one; sent because the documentation asks for it. */
const minorVersion = "75";
/** Longer addresses are cut or refused on the way. */
const mostUrlCharacters = 4000;

const optionalText = z.string().min(1).optional().catch(undefined);
/** A name that is no time zone would fail every reading of what depends on the company's local day. */
const timeZone = optionalText.transform((name) => (name !== undefined && isTimeZone(name) ? name : undefined));
const companyInfo = z
  .object({
    CompanyName: z.string(),
    Country: optionalText,
    DefaultTimeZone: timeZone,
    MetaData: z.object({ CreateTime: instant.optional() }).optional(),
  })
  .transform(({ CompanyName, Country, DefaultTimeZone, MetaData }) => ({
    companyName: CompanyName,
    country: Country,
    timeZone: DefaultTimeZone,
    createdAt: MetaData?.CreateTime,
  }));
const preferences = z
  .object({
    CurrencyPrefs: z
      .object({
        HomeCurrency: z.object({ value: optionalText }).optional(),
        MultiCurrencyEnabled: z.boolean().optional(),
      })
      .optional(),
  })
  .transform(({ CurrencyPrefs: currency }) => ({
    homeCurrency: currency?.HomeCurrency?.value,
    isMultiCurrency: currency?.MultiCurrencyEnabled ?? false,
  }));
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
        path: "query",
        url: isLong ? this.address("query") : url,
        statement: isLong ? text : undefined,
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
        path: "cdc",
        url: this.address("cdc", { entities: entities.join(","), changedSince }),
        statement: undefined,
        expected: { kind: "CHANGES", entities },
      },
      signal,
    );
  }

  async companyInfo(signal?: AbortSignal): Promise<CompanyInfo> {
    const answer = await this.get("CompanyInfo", `companyinfo/${this.company.realmId}`, signal);
    return { ...readSingle(companyInfo, answer), time: answer.time };
  }

  async preferences(signal?: AbortSignal): Promise<Preferences> {
    return readSingle(preferences, await this.query(select("Preferences"), signal));
  }

  private get(entity: string, path: string, signal: AbortSignal | undefined): Promise<Answer> {
    return this.company.requests.send(
      {
        ...this.company,
        path: entity.toLowerCase(),
        url: this.address(path),
        statement: undefined,
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

function readSingle<T>(schema: z.ZodType<T>, { records, intuitTid }: Answer): T {
  const record = schema.safeParse(parseExact(records[0]?.text() ?? "null"));
  if (record.success) return record.data;
  throw new UnreadableResult("QuickBooks answered with something else than was asked for.", {
    cause: record.error,
    intuitTid,
  });
}

/** An IANA name that this machine knows; not an offset, which PostgreSQL would read with the opposite sign. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z_]+(\/[\w+-]+)*$/.test(name)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    // Intl has no other way to say that it does not know the zone.
    return false;
  }
}
