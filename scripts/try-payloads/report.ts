import type { EntityReport, Report } from "./try.js";

/** Whether every record was mirrored as it was recorded, and every file could be read. */
export function isAllWell({ entities, unreadable }: Report): boolean {
  const mirrored = entities.reduce((sum, entity) => sum + entity.mirrored, 0);
  return mirrored > 0 && unreadable.length === 0 && entities.every(({ problems }) => problems.length === 0);
}

/** The report as people read it. */
export function reportText(report: Report): string {
  const { folder, files, entities, others, skipped, unreadable } = report;
  return [
    `${folder}: ${counted(files, "file")}`,
    "",
    ...table(entities),
    ...section(
      "Recorded, and mirrored by no plugin:",
      others.map((other) => `${other.entity}: ${counted(other.records, "record")} in ${other.files.join(", ")}`),
    ),
    ...section(
      "Not records, and left out:",
      skipped.map(({ file, reason }) => `${file}: ${reason}`),
    ),
    ...section(
      "Too incomplete for any company to hold, and no failure:",
      entities.flatMap(({ incomplete }) => incomplete),
    ),
    ...section(
      "Files that cannot be read:",
      unreadable.map(({ file, reason }) => `${file}: ${reason}`),
    ),
    ...section(
      "Wrong:",
      entities.flatMap(({ problems }) => problems),
    ),
    "",
    conclusion(report),
    "",
  ].join("\n");
}

function conclusion(report: Report): string {
  const { entities, unreadable } = report;
  const mirrored = entities.reduce((sum, entity) => sum + entity.mirrored, 0);
  const figures = entities.reduce((sum, entity) => sum + entity.figures, 0);
  if (isAllWell(report))
    return `All is well: ${counted(mirrored, "state")} of records mirrored, ${counted(figures, "figure")} compared, none changed.`;
  const problems = entities.reduce((sum, entity) => sum + entity.problems.length, 0);
  if (problems + unreadable.length === 0)
    return `Nothing was tried: no file holds a whole record of ${entities.map(({ entity }) => entity).join(", ")}.`;
  return `Not all is well: ${counted(problems, "problem")}, ${counted(unreadable.length, "file")} that cannot be read.`;
}

const columns: readonly (readonly [string, (entity: EntityReport) => string | number])[] = [
  ["Entity", ({ entity }) => entity],
  ["Files", ({ files }) => files],
  ["Records", ({ records }) => records],
  ["Older states", ({ olderStates }) => olderStates],
  ["Mirrored", ({ mirrored }) => mirrored],
  ["Incomplete", ({ incomplete }) => incomplete.length],
  ["Figures", ({ figures }) => figures],
  ["Wrong", ({ problems }) => problems.length],
];

function table(entities: readonly EntityReport[]): readonly string[] {
  const rows = [
    columns.map(([title]) => title),
    ...entities.map((entity) => columns.map(([, of]) => String(of(entity)))),
  ];
  const widths = columns.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, index) => (index === 0 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0)))
      .join("  "),
  );
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${line}`)];
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
