import { z } from "zod";
import type { Clock } from "../foundation/clock.js";
import type { Database } from "../foundation/database/database.js";
import type { KeyRing } from "../foundation/encryption.js";
import type { Log } from "../foundation/log.js";
import type { QuickbooksSettings } from "../foundation/settings.js";
import { callMessage } from "./call-log.js";
import { CompanyClient } from "./company-client.js";
import { ReconnectNeeded, RunStopped } from "./errors.js";
import type { Fetch } from "./http.js";
import { reachability } from "./reachability.js";
import type { Limiter } from "./limits.js";
import { isRealmId, openRealm } from "./realm.js";
import { type CallListener, type CallReport, type Credentials, Requests } from "./requests.js";
import type { TokenStore } from "./tokens.js";
import type { Usage } from "./usage.js";
import { type Sleep, sleep } from "./waiting.js";

export type { Answer } from "./answers.js";
export type { CompanyClient } from "./company-client.js";
export type { CompanyInfo, Preferences } from "./company-info.js";
export type { CallReport } from "./requests.js";

/** QuickBooks' API, one company at a time. */
export interface QuickBooksClient {
  /** Whether Intuit answers, by its discovery document, which is not metered; asked for once a minute at most. */
  isReachable(): Promise<boolean>;
  /**
   * The company of a connection; `listener` hears of every call that is sent. Throws RunStopped where the connection is not
   * connected, or belongs to another environment than this deployment's.
   */
  for(connectionId: string, listener?: CallListener): Promise<CompanyClient>;
  /** A company whose connection is only being made: with its access token, under the id its connection will have. */
  forGrant(grant: {
    readonly connectionId: string;
    readonly realmId: string;
    readonly accessToken: string;
  }): CompanyClient;
}

export interface QuickBooksClientOptions {
  readonly settings: Pick<QuickbooksSettings, "apiBaseUrl" | "environment" | "discoveryDocument">;
  readonly database: Pick<Database, "pool">;
  readonly keyRing: KeyRing;
  readonly tokens: Pick<TokenStore, "accessToken" | "markReauthorizationRequired" | "unremember">;
  readonly limiter: Pick<Limiter, "acquire" | "throttle">;
  readonly usage: Usage;
  readonly clock: Clock;
  readonly log: Pick<Log, "info">;
  readonly random?: () => number;
  readonly fetch?: Fetch;
  readonly sleep?: Sleep;
  /** How long a request may wait for limits, 429s and retries together; five minutes, if left out. */
  readonly patienceMs?: number;
  /** Hears of every call of every company. */
  readonly onCall?: (call: CallReport) => void;
}

const defaultPatienceMs = 5 * 60 * 1000;

const connectionRow = z.object({
  id: z.string(),
  environment: z.string(),
  realmId: z.string(),
  status: z.enum(["CONNECTED", "REAUTHORIZATION_REQUIRED", "DISCONNECTED"]),
});

export function createQuickBooksClient(options: QuickBooksClientOptions): QuickBooksClient {
  const { settings, database, keyRing, tokens, log, onCall } = options;
  const { random = Math.random, sleep: wait = sleep, patienceMs = defaultPatienceMs } = options;
  const { fetch = globalThis.fetch } = options;
  const report = (call: CallReport): void => {
    log.info(call, callMessage);
    onCall?.(call);
  };
  const requests = new Requests({ ...options, random, fetch, sleep: wait, patienceMs, onCall: report });
  const company = (realmId: string, connectionId: string, credentials: Credentials, listener?: CallListener) =>
    new CompanyClient({
      requests,
      baseUrl: settings.apiBaseUrl,
      realmId: checked(realmId),
      connectionId,
      credentials,
      listener,
    });
  return {
    isReachable: reachability(settings.discoveryDocument, { ...options, fetch }),

    async for(connectionId, listener) {
      const connection = await findConnection(database, connectionId);
      if (connection.environment !== settings.environment) {
        throw new RunStopped(
          "This company was connected in another environment than the gateway's. Correct QUICKBOOKS_ENVIRONMENT, or connect it again.",
          "WRONG_ENVIRONMENT",
        );
      }
      const credentials: Credentials = {
        accessToken: (asked) => tokens.accessToken(connectionId, asked),
        refused: (reason, generation) => tokens.markReauthorizationRequired(connectionId, { reason, generation }),
        outdated: (generation) => {
          tokens.unremember(connectionId, generation);
        },
      };
      return company(openRealm(keyRing, connection), connectionId, credentials, listener);
    },

    forGrant({ connectionId, realmId, accessToken }) {
      const generation = 0;
      const credentials: Credentials = {
        accessToken({ staleGeneration }) {
          if (staleGeneration === undefined) return Promise.resolve({ token: accessToken, generation });
          return Promise.reject(
            new ReconnectNeeded("QuickBooks refused a token it has just given. Connect the company again."),
          );
        },
        refused: () => Promise.resolve(),
        outdated: () => undefined,
      };
      return company(realmId, connectionId, credentials);
    },
  };
}

async function findConnection({ pool }: Pick<Database, "pool">, id: string): Promise<z.infer<typeof connectionRow>> {
  const { rows } = await pool.query(
    `SELECT id, environment::text, realm_id AS "realmId", status::text FROM connections WHERE id = $1`,
    [id],
  );
  const connection = connectionRow.optional().parse(rows[0]);
  if (connection === undefined || connection.status === "DISCONNECTED") {
    throw new RunStopped("This company is not connected. Connect it again.", "NOT_CONNECTED");
  }
  return connection;
}

function checked(realmId: string): string {
  if (!isRealmId(realmId)) throw new RangeError("A realm id is 1 to 20 digits.");
  return realmId;
}
