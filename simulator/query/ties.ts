import type { Row } from "../company/table.js";
import type { Property } from "./properties.js";

/** The rows, which stand in order of a property, with those of equal keys in any order. */
export function shuffleTies(rows: readonly Row[], { key }: Property, random: () => number): readonly Row[] {
  const keyed = rows.map((row) => ({ row, key: key(row) }));
  let group = 0;
  const grouped = keyed.map((each, index) => {
    if (index > 0 && keyed[index - 1]?.key !== each.key) group += 1;
    return { row: each.row, group, draw: random() };
  });
  return grouped.sort((a, b) => a.group - b.group || a.draw - b.draw).map(({ row }) => row);
}
