import { expect } from "@jest/globals";
import type { CompanyRules, Values, WantedWrite } from "../../src/plugins/writes.js";
import { editableValues, sameValue } from "../../src/sync/local-changes/values.js";
import type { Payload } from "../fixtures/payload.js";
import { withWriter, type World } from "../simulator/writing.js";
import { pluginOf, rowOf } from "./support.js";
import { Sender, type Seen } from "./writing.js";

export const today = "2026-11-22";

/** All editable values of a record. */
export const valuesOf = (entity: string, payload: Payload): Values =>
  editableValues(pluginOf(entity), pluginOf(entity).takeIn(payload));

/** Edits as the engine does: completed, checked, and sent on the record as it was just read. */
export class Editor {
  readonly sender: Sender;

  constructor(
    readonly world: World,
    readonly company: CompanyRules,
  ) {
    this.sender = new Sender(world);
  }

  async create(entity: string, values: Values): Promise<Payload> {
    const id = await this.sender.create(entity, await this.completed(entity, "CREATE", values, undefined));
    return this.world.read(entity, id);
  }

  async update(entity: string, id: string, values: Values): Promise<Seen> {
    const current = await this.world.read(entity, id);
    return this.sender.send(entity, id, "UPDATE", await this.completed(entity, "UPDATE", values, current));
  }

  async completed(entity: string, operation: WantedWrite["operation"], values: Values, current: Payload | undefined) {
    const { writes } = pluginOf(entity);
    const before = current === undefined ? undefined : pluginOf(entity).takeIn(current);
    const rows = new Map<string, Values>();
    for (const referred of ["Customer", "Item", "Invoice"]) {
      for (const row of await this.world.connection.rows(`SELECT * FROM ${referred}`)) {
        rows.set(`${referred} ${String(row["Id"])}`, rowOf(referred, row));
      }
    }
    const held = current === undefined ? {} : valuesOf(entity, current);
    const wanted: WantedWrite = {
      operation,
      values,
      result: { ...held, ...values },
      before: before && { row: before.row, children: before.children, ...(current && { payload: current }) },
      company: this.company,
      referenced: (name, id) => rows.get(`${name} ${id}`),
    };
    const completed = writes?.complete?.(wanted) ?? values;
    expect(writes?.check?.({ ...wanted, values: completed, result: { ...held, ...completed } })).toEqual([]);
    return completed;
  }
}

export function withEditor(use: (editor: Editor) => Promise<void>, currencies: readonly string[] = []): Promise<void> {
  const company = { today, homeCurrency: "USD", isMultiCurrency: currencies.length > 0 };
  const options = { companies: [{ realmId: "101", size: 0, currencies }] };
  return withWriter((world) => use(new Editor(world, company)), options);
}

/** The editable paths whose values are not what they were. */
export function changedPaths(entity: string, { before, after }: Seen): readonly string[] {
  const [left, right] = [valuesOf(entity, before), valuesOf(entity, after)];
  return Object.keys(left).filter((path) => !sameValue(pluginOf(entity), path, left[path], right[path]));
}

/** The rows of a list as edits name them. */
export const rowsIn = (entity: string, payload: Payload, list: string): readonly Values[] =>
  valuesOf(entity, payload)[list] as readonly Values[];
