import type { EntityPlugin } from "../../plugins/plugin.js";
import type { Payload } from "../../plugins/writes.js";
import type { LocalChange } from "../local-changes/local-change.js";
import { editableValues, sameValue } from "../local-changes/values.js";

/** The paths of an edit in which a record that QuickBooks has holds something else than was asked for. */
export function unlike(plugin: EntityPlugin, { edits }: Pick<LocalChange, "edits">, now: Payload): readonly string[] {
  const mapped = plugin.takeIn(now);
  const values: Payload = { ...editableValues(plugin, mapped), state: mapped.state };
  return Object.entries(edits)
    .filter(([path, { value }]) => !sameValue(plugin, path, value, values[path]))
    .map(([path]) => path);
}
