import { timingSafeEqual } from "node:crypto";
import { json } from "../answers.js";
import type { Answer } from "../answers.js";
import type { Clock } from "../clock.js";
import type { Companies } from "../company/companies.js";
import { EditRefused } from "../entities/definition.js";
import type { Faults } from "../faults.js";
import { quickbooksLimits } from "../limits.js";
import type { Meter, Throttle } from "../limits.js";
import type { RequestLog } from "../log.js";
import type { Grants } from "../oauth/grants.js";
import { bearerOf } from "../request.js";
import type { Request } from "../request.js";
import type { Switches } from "../switches.js";
import type { Webhooks } from "../webhooks/webhooks.js";
import type { Writes } from "../writes/writes.js";
import { clockSchema, companySchema, faultSchema, limitsSchema, switchesSchema } from "./schemas.js";
import { controlCompany, countsOf } from "./company.js";
import { ControlRefused, read } from "./input.js";
import { controlWebhooks } from "./webhooks.js";

/** What the control API reaches. */
export interface Controlled {
  readonly token: string;
  readonly clock: Clock;
  readonly switches: Switches;
  readonly throttle: Throttle;
  readonly meter: Meter;
  readonly webhooks: Webhooks;
  readonly faults: Faults;
  readonly log: RequestLog;
  readonly writes: Writes;
  readonly grants: Grants;
  readonly companies: Companies;
}

/**
 * The API under `/control/` that does from outside what tests do by calling. It asks for its own token and answers this machine only.
 *
 * `GET state` · `GET|DELETE requests`, `GET writes` (`?after=sequence`) · `GET|POST clock` · `PATCH switches` · `PUT limits` · `POST|DELETE faults` ·
 * `DELETE faults/{id}` · `POST faults/{id}/release` · `POST companies` · `GET companies/{realm}` · `GET|POST companies/{realm}/edits` ·
 * `POST companies/{realm}/series` (edits, and how far the clock moves on after each) ·
 * `GET companies/{realm}/records?entity=` (a line of JSON per record) · `POST companies/{realm}/poison|cure|disconnect|reset` ·
 * `POST companies/{realm}/names` (a vendor or employee bears the name) ·
 * `GET|PATCH webhooks` · `GET webhooks/pending` · `GET webhooks/log` (`?after=sequence`) · `POST webhooks/deliver|notices`
 */
export class Control {
  constructor(readonly parts: Controlled) {}

  async handle(request: Request): Promise<Answer> {
    const host = (request.headers.host ?? "").replace(/:\d+$/, "");
    if (host !== "127.0.0.1" && host !== "localhost")
      return json(403, { error: "The control API answers on 127.0.0.1 and localhost only." });
    const given = Buffer.from(bearerOf(request) ?? "");
    const expected = Buffer.from(this.parts.token);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      return json(401, { error: "The control API needs `Authorization: Bearer <control token>`." });
    }
    try {
      return await this.#route(request);
    } catch (error) {
      if (error instanceof ControlRefused) return json(error.status, { error: error.message });
      if (error instanceof EditRefused) return json(422, { error: error.message });
      throw error;
    }
  }

  async #route(request: Request): Promise<Answer> {
    const [, , area = "", id, what] = request.path.split("/");
    if (area !== "webhooks") return this.#routeSimulator(request, area, id, what);
    const answer = await controlWebhooks(this.parts.webhooks, this.parts.clock, request, id ?? "");
    if (!answer) throw new ControlRefused(404, `The control API has nothing at ${request.method} ${request.path}.`);
    return answer;
  }

  #routeSimulator(request: Request, area: string, id?: string, what?: string): Answer {
    const key = `${request.method} ${area}`;
    if (area === "companies" && id !== undefined) return this.#company(request, id, what ?? "");
    if (area === "faults" && id !== undefined) return this.#fault(request.method, Number(id), what);
    const { clock, log, faults } = this.parts;
    if (key === "GET state") return this.#state();
    if (key === "POST companies")
      return json(201, { realmId: this.parts.companies.add(read(companySchema, request.body)).realmId });
    const after = Number(request.query.get("after") ?? 0);
    if (key === "GET requests") return json(200, { requests: since(log.entries, after) });
    if (key === "GET writes") return json(200, { writes: since(this.parts.writes.log.entries, after) });
    if (key === "POST faults") return json(201, { id: faults.inject(read(faultSchema, request.body)).id });
    if (key === "PATCH switches") return this.#switch(request.body);
    if (key === "PUT limits") return this.#limit(request.body);
    if (key === "POST clock") return this.#moveClock(request.body);
    if (key === "GET clock") return json(200, { now: clock.now() });
    if (key === "DELETE requests") log.clear();
    else if (key === "DELETE faults") faults.clear();
    else throw new ControlRefused(404, `The control API has nothing at ${request.method} ${request.path}.`);
    return json(200, {});
  }

  #state(): Answer {
    const { clock, switches, throttle, meter, webhooks, faults, log, companies } = this.parts;
    return json(200, {
      now: clock.now(),
      switches,
      limits: throttle.limits ?? "off",
      counters: {
        requests: log.total,
        throttled: throttle.refused,
        meteredReads: meter.all,
        pendingNotices: webhooks.pending().length,
      },
      faults: faults.all.map(({ id, spec, met }) => ({ id, ...spec, met })),
      companies: [...companies.byRealm.values()].map((company) => ({
        realmId: company.realmId,
        name: company.name,
        counts: countsOf(company),
      })),
    });
  }

  #fault(method: string, id: number, what: string | undefined): Answer {
    const injected = this.parts.faults.all.find((each) => each.id === id);
    if (!injected) throw new ControlRefused(404, `There is no fault ${String(id)}.`);
    if (method === "DELETE") this.parts.faults.clear(id);
    else if (method === "POST" && what === "release") injected.release();
    return json(200, { met: injected.met });
  }

  #switch(body: string): Answer {
    Object.assign(this.parts.switches, read(switchesSchema, body));
    return json(200, this.parts.switches);
  }

  #limit(body: string): Answer {
    const limits = read(limitsSchema, body);
    this.parts.throttle.limits = limits === "off" ? undefined : { ...quickbooksLimits, ...limits };
    return json(200, { limits });
  }

  #moveClock(body: string): Answer {
    const { clock } = this.parts;
    const move = read(clockSchema, body);
    if ("now" in move) clock.set(move.now);
    else clock.advance(move.advanceMs);
    return json(200, { now: clock.now() });
  }

  #company(request: Request, realmId: string, what: string): Answer {
    const company = this.parts.companies.byRealm.get(realmId);
    if (!company) throw new ControlRefused(404, `There is no company ${realmId}.`);
    const answer = controlCompany(company, this.parts.clock, request, what);
    if (answer) return answer;
    if (request.method !== "POST" || what !== "disconnect")
      throw new ControlRefused(404, `The control API has nothing at ${request.method} companies/{realm}/${what}.`);
    this.parts.grants.disconnect(realmId);
    return json(200, {});
  }
}

function since<T extends { readonly sequence: number }>(entries: readonly T[], after: number): readonly T[] {
  return entries.filter(({ sequence }) => sequence > after);
}
