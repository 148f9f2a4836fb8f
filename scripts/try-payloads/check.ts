import type { Database } from "../../src/foundation/database/database.js";
import type { SyncRun } from "../../src/generated/prisma/client.js";
import type { EntityPlugin } from "../../src/plugins/plugin.js";
import { compareExact, parseFigures, type Comparison } from "./exact.js";
import { figurePlaces, recordedFigures } from "./figures.js";
import { figureFields, mirroredRecords, refusals, type MirroredRecord } from "./mirror.js";
import type { RecordedState, ServableState } from "./states.js";

/** What became of the recorded states of one entity. */
export interface Verdict {
  /** How many stand in the mirror as they were recorded. */
  readonly mirrored: number;
  /** How many figures of them were compared, those of the payload and those of typed columns. */
  readonly figures: number;
  /** Refused, and lacking what QuickBooks always sends: no failure of the gateway. */
  readonly incomplete: readonly string[];
  readonly problems: readonly string[];
}

const none: Verdict = { mirrored: 0, figures: 0, incomplete: [], problems: [] };

export function together(verdicts: readonly Verdict[]): Verdict {
  return verdicts.reduce(
    (sum, { mirrored, figures, incomplete, problems }) => ({
      mirrored: sum.mirrored + mirrored,
      figures: sum.figures + figures,
      incomplete: [...sum.incomplete, ...incomplete],
      problems: [...sum.problems, ...problems],
    }),
    none,
  );
}

/** Compares the mirror of one entity, after a run over the company that holds these states, with what was recorded. */
export async function checkEntity(
  database: Database,
  plugin: EntityPlugin,
  run: SyncRun,
  states: readonly ServableState[],
): Promise<Verdict> {
  const [records, refused, progress] = await Promise.all([
    mirroredRecords(database, plugin, run.connectionId),
    refusals(database, plugin, run.connectionId),
    database.prisma.syncRunEntity.findUniqueOrThrow({
      where: { runId_entity: { runId: run.id, entity: plugin.name } },
    }),
  ]);
  const known = new Set(states.map(({ id }) => id));
  const unknown = [...records.keys()].filter((id) => !known.has(id));
  const ofRun = [
    ...(progress.phase === "DONE" ? [] : [`${plugin.name}: the sync ended in phase ${progress.phase}${errorOf(run)}`]),
    ...unknown.map((id) => `${plugin.name} ${id} is in the mirror and was never recorded`),
  ];
  const verdicts = states.map((state) => checkState(state, records.get(state.id), refused.get(state.id)));
  return together([{ ...none, problems: ofRun }, ...verdicts]);
}

const errorOf = ({ errorMessage }: SyncRun): string => (errorMessage === null ? "" : `: ${errorMessage}`);

function checkState(
  state: ServableState,
  record: MirroredRecord | undefined,
  refusal = "it is not in the mirror, and no failure says why",
): Verdict {
  if (record === undefined) {
    const problem = `${nameOf(state)}: ${refusal}`;
    return state.lacks.length === 0
      ? { ...none, problems: [problem] }
      : { ...none, incomplete: [`${problem} (it lacks ${state.lacks.join(", ")}, which QuickBooks always sends)`] };
  }
  const { figures, differences } = compareRecord(state, record);
  const problems = differences.map(
    ({ place, recorded, mirrored }) =>
      `${nameOf(state)}: ${place} was recorded as ${recorded}, and is ${mirrored} in the mirror`,
  );
  return { ...none, mirrored: problems.length === 0 ? 1 : 0, figures, problems };
}

/** The payload and the typed columns of a record against what was recorded. */
export function compareRecord(
  { entity, tree }: Pick<RecordedState, "entity" | "tree">,
  { raw, figures }: MirroredRecord,
): Comparison {
  const payload = compareExact(tree, parseFigures(raw), "payload");
  const columns = compareExact(recordedFigures(entity, tree), figures, "columns");
  return {
    figures: payload.figures + columns.figures,
    differences: [...payload.differences, ...columns.differences],
  };
}

const nameOf = ({ entity, id, file }: ServableState): string => `${entity} ${id} of ${file}`;

/** Columns with figures of which `figurePlaces` does not say where QuickBooks writes them, so that they cannot be compared. */
export function untoldFigures({ name, fields, children }: EntityPlugin): readonly string[] {
  const { row = {}, children: lists = {} } = figurePlaces[name] ?? {};
  const untold = [
    ...figureFields(fields).flatMap(([field]) => (field in row ? [] : [field])),
    ...Object.entries(children).flatMap(([list, child]) =>
      figureFields(child.fields).flatMap(([field]) =>
        field in (lists[list]?.figures ?? {}) ? [] : [`${list}.${field}`],
      ),
    ),
  ];
  return untold.map((field) => `${name}.${field} is not compared: add its place to scripts/try-payloads/figures.ts`);
}
