import * as registry from "../../src/plugins/index.js";
import type { EntityPlugin } from "../../src/plugins/plugin.js";
import { openDatabase } from "../../src/foundation/database/database.js";
import type { Log } from "../../src/foundation/log.js";
import { Stops } from "../../src/foundation/stops.js";
import { checkEntity, together, untoldFigures, type Verdict } from "./check.js";
import { temporaryDatabase } from "./database.js";
import { openGateway } from "./gateway.js";
import { realmOf, serveRecorded } from "./quickbooks.js";
import { readRecordings, type Note } from "./recordings.js";
import { companiesOf, isServable, type RecordedState, type ServableState } from "./states.js";

export interface EntityReport extends Verdict {
  readonly entity: string;
  readonly files: number;
  /** Different records, and how many states of them are older than the newest. */
  readonly records: number;
  readonly olderStates: number;
}

export interface Report {
  readonly folder: string;
  readonly files: number;
  readonly entities: readonly EntityReport[];
  /** Entities that no plugin mirrors. */
  readonly others: readonly { readonly entity: string; readonly records: number; readonly files: readonly string[] }[];
  readonly skipped: readonly Note[];
  readonly unreadable: readonly Note[];
}

interface TryOptions {
  /** A PostgreSQL to make a temporary database on; left out: the embedded one. */
  readonly databaseUrl: string | undefined;
  readonly log: Log;
  /** Ends the trial early, with everything it started. */
  readonly signal: AbortSignal;
}

/** Serves a folder of recorded answers as QuickBooks would, mirrors it with a whole gateway, and compares. Throws FolderError, or the signal's reason. */
export async function tryPayloads(folder: string, options: TryOptions): Promise<Report> {
  const plugins: readonly EntityPlugin[] = Object.values(registry);
  const names = new Set(plugins.map(({ name }) => name));
  const { files, states, skipped, unreadable } = readRecordings(folder, names);
  const ours = states.filter(({ entity }) => names.has(entity));
  const companies = companiesOf(ours.filter(isServable));
  const verdicts = companies.length === 0 ? new Map<string, Verdict>() : await mirror(companies, plugins, options);
  return {
    folder,
    files,
    entities: plugins.map((plugin) => entityReport(plugin, ours, companies, verdicts.get(plugin.name))),
    others: othersIn(states.filter(({ entity }) => !names.has(entity))),
    skipped,
    unreadable,
  };
}

/** What became of each entity, over all companies. */
async function mirror(
  companies: readonly (readonly ServableState[])[],
  plugins: readonly EntityPlugin[],
  { databaseUrl, log, signal }: TryOptions,
): Promise<ReadonlyMap<string, Verdict>> {
  const stops = new Stops();
  try {
    const database = openDatabase(await temporaryDatabase(databaseUrl, stops), { log });
    stops.add(() => database.close());
    const quickbooks = await serveRecorded(
      companies,
      plugins.map(({ name }) => name),
    );
    stops.add(() => quickbooks.stop());
    const gateway = await openGateway(quickbooks, { database, log }, stops);
    const found: (readonly [string, Verdict])[] = [];
    for (const [index, states] of companies.entries()) {
      const run = await gateway.mirror(realmOf(index), signal);
      for (const plugin of plugins) {
        const own = states.filter(({ entity }) => entity === plugin.name);
        found.push([plugin.name, await checkEntity(database, plugin, run, own)]);
      }
    }
    return new Map(
      plugins.map(({ name }) => [name, together(found.flatMap(([of, verdict]) => (of === name ? verdict : [])))]),
    );
  } finally {
    await stops.run();
  }
}

function entityReport(
  plugin: EntityPlugin,
  states: readonly RecordedState[],
  companies: readonly (readonly ServableState[])[],
  verdict = together([]),
): EntityReport {
  const isOwn = ({ entity }: RecordedState): boolean => entity === plugin.name;
  const own = states.filter(isOwn);
  const [newest = 0, ...older] = companies.map((company) => company.filter(isOwn).length);
  const fragments = own.filter((state) => !isServable(state));
  return {
    ...verdict,
    entity: plugin.name,
    files: new Set(own.map(({ file }) => file)).size,
    records: newest,
    olderStates: older.reduce((sum, count) => sum + count, 0),
    incomplete: [
      ...verdict.incomplete,
      ...fragments.map(({ file }) => `${plugin.name} of ${file}: it lacks Id, which QuickBooks always sends`),
    ],
    problems: [...verdict.problems, ...(own.length === 0 ? [] : untoldFigures(plugin))],
  };
}

function othersIn(states: readonly RecordedState[]): Report["others"] {
  return [...new Set(states.map(({ entity }) => entity))].sort().map((name) => {
    const own = states.filter(({ entity }) => entity === name);
    const records = new Set(own.map(({ id }) => id)).size;
    return { entity: name, records, files: [...new Set(own.map(({ file }) => file))] };
  });
}
