import type { RequestLogEntry } from "../../simulator/index.js";

/** How a gateway asked QuickBooks, by the simulator's log. */
export interface Calls {
  readonly all: number;
  /** Single reads that were answered with 610. */
  readonly confirmations: number;
  /** Rows that pages brought, by entity. */
  readonly rows: ReadonlyMap<string, number>;
  /** Calls of each kind: `Invoice pages`, `Invoice counts`, `Invoice borders`, `changes`, `other`. */
  readonly kinds: ReadonlyMap<string, number>;
}

export function callsOf(requests: readonly RequestLogEntry[]): Calls {
  const asked = requests.filter(({ realmId }) => realmId !== undefined);
  const kinds = new Map<string, number>();
  const rows = new Map<string, number>();
  for (const each of asked) {
    const kind = kindOf(each);
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    const entity = /^(\w+) pages$/.exec(kind)?.[1];
    if (entity !== undefined) rows.set(entity, (rows.get(entity) ?? 0) + each.rows);
  }
  return { all: asked.length, confirmations: kinds.get("confirmations") ?? 0, rows, kinds };
}

function kindOf({ path, query = "", status }: RequestLogEntry): string {
  if (path.endsWith("/cdc")) return "changes";
  if (/\/\d+$/.test(path) && status === 400) return "confirmations";
  const [, what, entity] = /^SELECT (\S+) FROM (\w+)/i.exec(query) ?? [];
  if (entity === undefined) return "other";
  if (what?.toUpperCase().startsWith("COUNT")) return `${entity} counts`;
  return /MAXRESULTS 1$/i.test(query) ? `${entity} borders` : `${entity} pages`;
}

/** The most that lie within a span; times in ascending order. */
export function mostWithin(times: readonly number[], spanMs: number): number {
  let [from, most] = [0, 0];
  for (const [at, time] of times.entries()) {
    while ((times[from] ?? time) <= time - spanMs) from++;
    most = Math.max(most, at - from + 1);
  }
  return most;
}
