import { fault, jsonText } from "./answers.js";
import type { Answer } from "./answers.js";
import type { ApiRequest } from "./api.js";
import type { Company } from "./company/company.js";
import type { Row } from "./company/table.js";
import type { Tombstone } from "./company/tombstones.js";
import type { Entity } from "./entities/definition.js";
import { entityNamed } from "./entities/index.js";
import { answerTime, parseInstant, recordTime } from "./pacific.js";
import { updatedTime } from "./query/properties.js";
import { between } from "./query/ranges.js";
import { QueryRefused } from "./query/errors.js";
import type { Switches } from "./switches.js";

/** The most objects one answer holds, whatever is asked; nothing says that there were more (Change data capture guide). */
const mostObjects = 1_000;
/** How far back changes can be asked for, and how long deletions are remembered. */
const lookBackMs = 30 * 86_400_000;

/** What changed in one entity: records in order of their times, then what was deleted. */
interface Block {
  readonly entity: Entity;
  readonly rows: readonly Row[];
  readonly stubs: readonly Tombstone[];
  /** How many there were before the answer was cut. */
  readonly total: number;
}

interface Wanted {
  readonly entities: readonly Entity[];
  readonly sinceMs: number;
}

/** Answers `GET cdc?entities=…&changedSince=…`: every record changed or deleted since. Throws {@link QueryRefused} over a poisoned record. */
export function changedSince(company: Company, request: ApiRequest, switches: Switches): Answer {
  const wanted = read(request, switches);
  if ("status" in wanted) return wanted;
  const blocks = cut(
    wanted.entities.map((entity) => changes(company, entity, wanted.sinceMs, request, switches)),
    switches,
  );
  if (blocks.some(({ rows }) => rows.some((row) => company.isPoisoned(row)))) throw QueryRefused.poisoned();
  const parts = blocks.map((block) => blockBytes(company, block, switches));
  const body = Buffer.concat([
    Buffer.from('{"CDCResponse":[{"QueryResponse":['),
    ...parts.flatMap((part, index) => (index === 0 ? [part] : [Buffer.from(","), part])),
    Buffer.from(`]}],"time":"${answerTime(request.hostMs)}"}`),
  ]);
  return jsonText(
    200,
    body,
    blocks.reduce((sum, { rows, stubs }) => sum + rows.length + stubs.length, 0),
  );
}

/** What is asked for, or why it is refused. */
function read({ query, hostMs, startedMs }: ApiRequest, switches: Switches): Wanted | Answer {
  const time = answerTime(hostMs);
  const names = (query.get("entities") ?? "").split(",").map((name) => name.trim());
  const since = query.get("changedSince") ?? "";
  const missing = names.join("") === "" ? "entities" : since === "" ? "changedSince" : undefined;
  if (missing !== undefined) return missingParameter(missing, time);
  const entities = [...new Set(names)].map((name) => entityNamed(name) ?? name);
  const unknown = entities.find((entity) => typeof entity === "string");
  if (unknown !== undefined) return unsupported(`with entity ${unknown}`, time);
  const sinceMs = parseInstant(since, switches.zonelessTimes);
  if (sinceMs === undefined) return unsupported(`with changedSince date ${since} which is not a date`, time);
  if (sinceMs < startedMs - lookBackMs && switches.cdcOlderThan30Days === "refused")
    return unsupported(`with changedSince date ${since} which is older than fixed days`, time);
  return { entities: entities.filter((entity) => typeof entity !== "string"), sinceMs };
}

function missingParameter(name: string, time: string): Answer {
  const error = {
    message: "Required param missing, need to supply the required value for the API",
    detail: `Required parameter ${name} is missing in the request`,
    code: "2020",
    element: name,
  };
  return fault(400, "ValidationFault", error, time);
}

/** The text over a date too long ago is as reported in 2024; its code is that of the same wording elsewhere. */
function unsupported(how: string, time: string): Answer {
  const detail = `Operation cdc ${how} is not supported.`;
  const error = { message: "Unsupported Operation", detail, code: "500", element: "Operation" };
  return fault(400, "ValidationFault", error, time);
}

function changes(
  { books }: Company,
  entity: Entity,
  sinceMs: number,
  { startedMs }: ApiRequest,
  switches: Switches,
): Block {
  const isInclusive = switches.cdcChangedSince === "inclusive";
  const from = isInclusive ? Math.ceil(sinceMs / 1000) : Math.floor(sinceMs / 1000) + 1;
  const ordered = books.table(entity.name).sortedBy(updatedTime.name, (row) => row.updatedAt);
  const rows = between(ordered, [{ property: updatedTime, from, to: Infinity }]);
  const oldest = Math.ceil((startedMs - lookBackMs) / 1000);
  const stubs = books.tombstones.since(entity.name, Math.max(from, oldest));
  return { entity, rows, stubs, total: rows.length + stubs.length };
}

/** What fits into one answer: the last ones are lost. */
function cut(blocks: readonly Block[], { cdcOverflow }: Switches): readonly Block[] {
  let left = mostObjects;
  const take = <T>(all: readonly T[]): readonly T[] => {
    const taken = all.slice(0, left);
    left -= taken.length;
    return taken;
  };
  if (cdcOverflow === "last entities")
    return blocks.map((block) => ({ ...block, rows: take(block.rows), stubs: take(block.stubs) }));
  const live = blocks.map((block) => ({ ...block, rows: take(block.rows) }));
  return live.map((block) => ({ ...block, stubs: take(block.stubs) }));
}

/** A block that holds deletions only has no `startPosition`; one that holds any has a `totalCount` (recorded). */
function blockBytes({ books }: Company, { entity, rows, stubs, total }: Block, switches: Switches): Buffer {
  const count = rows.length + stubs.length;
  if (count === 0) return Buffer.from("{}");
  const counted = switches.totalCount === "all" ? total : count;
  const tail = [
    ...(rows.length > 0 ? ['"startPosition":1'] : []),
    `"maxResults":${String(count)}`,
    ...(entity.totalCount || stubs.length > 0 ? [`"totalCount":${String(counted)}`] : []),
  ];
  const objects = [...rows.map((row) => books.bytes(row, "query")), ...stubs.map(stubBytes)];
  const parts = objects.flatMap((bytes, index) => (index === 0 ? [bytes] : [Buffer.from(","), bytes]));
  return Buffer.concat([Buffer.from(`{"${entity.name}":[`), ...parts, Buffer.from(`],${tail.join(",")}}`)]);
}

function stubBytes({ id, deletedAt }: Tombstone): Buffer {
  const metaData = { LastUpdatedTime: recordTime(deletedAt) };
  return Buffer.from(JSON.stringify({ domain: "QBO", status: "Deleted", Id: id, MetaData: metaData }));
}
