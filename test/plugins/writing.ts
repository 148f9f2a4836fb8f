import type { Values, Write, WriteRequest } from "../../src/plugins/writes.js";
import type { World } from "../simulator/writing.js";
import { isPayload, type Payload } from "../fixtures/payload.js";
import { pluginOf, rowOf, type Row } from "./support.js";

/** Sends what plugins say, as the engine will: whatever is not a create gets the Id and the token of the record as it was just read. */
export class Sender {
  constructor(readonly world: World) {}

  async create(entity: string, values: Values): Promise<string> {
    const { body } = requestOf(entity, { operation: "CREATE", values, current: undefined });
    return String((await this.world.write(entity, body))["Id"]);
  }

  /** The record before and after. */
  async send(entity: string, id: string, operation: Write["operation"], values: Values = {}): Promise<Seen> {
    const current = await this.world.read(entity, id);
    const { body, parameters } = requestOf(entity, { operation, values, current });
    const { Id, SyncToken } = current;
    await this.world.write(entity, { ...body, Id, SyncToken }, new URLSearchParams(parameters).toString());
    return { before: current, after: await this.world.read(entity, id) };
  }

  async row(entity: string, id: string): Promise<Row> {
    return rowOf(entity, await this.world.read(entity, id));
  }
}

export interface Seen {
  readonly before: Payload;
  readonly after: Payload;
}

export function requestOf(entity: string, write: Write): WriteRequest {
  const { writes } = pluginOf(entity);
  if (writes === undefined) throw new Error(`${entity} cannot be written.`);
  return writes.request(write);
}

/** The properties whose value is another, but for the token and the times. */
export function changedProperties({ before, after }: Seen): readonly string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  const marks = ["SyncToken", "MetaData"];
  return [...names].filter((name) => !marks.includes(name) && text(before[name]) !== text(after[name])).sort();
}

function text(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    isPayload(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}
