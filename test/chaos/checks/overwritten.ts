import type { LocalChange } from "../../../src/sync/local-changes/local-change.js";
import { sameValue } from "../../../src/sync/local-changes/values.js";
import type { BookEntry } from "../books.js";
import { conflictsOf } from "../deciders.js";
import { pluginOf } from "../mirrored.js";
import { effectsOf } from "../settle-edits.js";
import type { World } from "../world.js";
import { type Known, named, valuesIn } from "./edits.js";

/** I9: nothing in QuickBooks was overwritten that the editor had not seen, unless a person or a policy decided so. */
export async function overwritten({ world, changes, decisions }: Known): Promise<string[]> {
  const conflicts = await conflictsOf(world);
  return changes.flatMap((change) => {
    const entry = entryOf(world, change);
    if (entry === undefined || change.operation !== "UPDATE") return [];
    const plugin = pluginOf(change.entity);
    const [before, after] = [valuesIn(change.entity, entry.before), valuesIn(change.entity, entry.after)];
    const seen = world.ledger.edits
      .filter(({ recordId }) => recordId === change.recordId)
      .flatMap(({ fields }) => fields);
    return Object.keys(before).flatMap((path) => {
      const held = before[path];
      // QuickBooks fills in what is empty, such as the account of money that had been none.
      if (held === null || sameValue(plugin, path, held, after[path])) return [];
      if (!(path in change.edits)) {
        // What was sent and lost its answer may be taken out of the change by whoever decides its conflict.
        const wasEntered = seen.some(
          (field) => field.path === path && sameValue(plugin, path, field.after, after[path]),
        );
        return wasEntered || isCoupled(plugin, path, change)
          ? []
          : [`${named(change)} changed ${path} too, from ${JSON.stringify(held)} to ${JSON.stringify(after[path])}`];
      }
      const wasSeen = seen.some(
        (field) =>
          field.path === path && [field.before, field.after].some((each) => sameValue(plugin, path, held, each)),
      );
      const wasAsked = conflicts.some(
        ({ localChangeId, fields }) => localChangeId === change.id && fields.some((field) => field.path === path),
      );
      const wasDecided = (decisions.get(change.id) ?? []).some(({ paths }) => paths.includes(path));
      return wasSeen || wasAsked || wasDecided
        ? []
        : [`${named(change)} overwrote ${path} ${JSON.stringify(held)} unasked`];
    });
  });
}

/** What was done in QuickBooks for a change. */
function entryOf(world: World, change: LocalChange): BookEntry | undefined {
  const [effect] = effectsOf(world, change);
  return (
    effect &&
    world.books.findLast(
      ({ entity, id, lastWrite }) => lastWrite === effect.sequence - 1 && entity === effect.entity && id === effect.id,
    )
  );
}

/** Fields of a group go together. */
function isCoupled(plugin: ReturnType<typeof pluginOf>, path: string, { edits }: LocalChange): boolean {
  const groupOf = (key: string) => plugin.fields[key]?.edit?.group ?? plugin.children[key]?.edit?.group;
  const group = groupOf(path);
  return group !== undefined && Object.keys(edits).some((key) => groupOf(key) === group);
}
