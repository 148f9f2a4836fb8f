import type { Mutant } from "./mutant.js";

const file = "test/read/as-of.test.ts";
const kept = "test/read/as-of-kept.test.ts";
const swept = "test/retention/kept-versions.test.ts";
const cutShort = "a sweep that is cut short has said how far it goes, and more days take nothing of that back";
const then =
  "a list as of an instant is what it was then: records, relations both ways, rows inside, filters, orders, totals";

/** Reads of the past. */
export const asOfMutants: readonly Mutant[] = [
  {
    name: "as of: what came later is there already",
    file: "src/sync/read/source.ts",
    find: "where: [`${alias}.mirrored_at <= ${at}`],",
    replace: "where: [`${at} IS NOT NULL`],",
    test: [file, then],
  },
  {
    name: "as of: a version goes on after it was replaced",
    file: "src/sync/read/source.ts",
    find: "v.valid_to > ${at}`,",
    replace: "v.valid_to IS NOT NULL`,",
    test: [file, then],
  },
  {
    name: "as of: a version held before it was made",
    file: "src/sync/read/source.ts",
    find: "v.valid_from <= ${at} AND ",
    replace: "",
    test: [file, then],
  },
  {
    name: "as of: rows inside a record are those of now",
    file: "src/sync/read/source.ts",
    find: "WHERE its.mirrored_at <= ${at} AND own",
    replace: "WHERE own",
    test: [file, then],
  },
  {
    name: "as of: what rows inside refer to is not kept with a version",
    file: "src/sync/store/statements.ts",
    find: '[refs(fields, "t"), ...inside]',
    replace: '[refs(fields, "t"), ...inside.slice(inside.length)]',
    test: [file, then],
  },
  {
    name: "as of: what a record referred to is not kept with its version",
    file: "src/sync/store/statements.ts",
    find: '[refs(fields, "t"), ...inside]',
    replace: "[\"SELECT ''::text AS ref\", ...inside]",
    test: [file, then],
  },
  {
    name: "as of: the total is that of now",
    file: "src/sync/read/reader.ts",
    find: "isOfState && source === present",
    replace: "isOfState && source !== undefined",
    test: [file, then],
  },
  {
    name: "as of: a cursor goes on in another instant",
    file: "src/schema/mirror/select.ts",
    find: "...(asOf === undefined ? [] : [asOf])",
    replace: "...(asOf === undefined ? [] : [])",
    test: [file, "a cursor belongs to its instant"],
  },
  {
    name: "as of: the earlier life of a company is forgotten",
    file: "src/sync/lives.ts",
    find: "life.at > ${at}",
    replace: "life.at < ${at}",
    test: [file, "after a company was reset, its earlier life is read as of an instant in it"],
  },
  {
    name: "as of: versions overlap where a change overtakes another",
    file: "src/sync/store/statements.ts",
    find: "greatest(now(), ${alias}.mirrored_at)",
    replace: "coalesce(now(), ${alias}.mirrored_at)",
    test: [file, "a record stands once in every past, also where a change overtook one that had begun before it"],
  },
  {
    name: "as of: what is no longer kept is answered by what is left",
    file: "src/sync/kept-versions.ts",
    find: "${connection}.versions_from > ${at}",
    replace: "${connection}.versions_from > ${at} AND false",
    test: [kept, "an instant before what is kept is refused with the earliest that is not, and that one is whole"],
  },
  {
    name: "as of: the earliest instant that is kept is refused",
    file: "src/sync/kept-versions.ts",
    find: "${connection}.versions_from > ${at}",
    replace: "${connection}.versions_from >= ${at}",
    test: [kept, "an instant before what is kept is refused with the earliest that is not, and that one is whole"],
  },
  {
    name: "as of: before a company was connected, its past is said to be lost",
    file: "src/sync/kept-versions.ts",
    find: "${connection}.created_at <= ${at} AND ",
    replace: "",
    test: [kept, "before the company was connected there was nothing, whatever is removed"],
  },
  {
    name: "as of: what is kept from when on sinks with the days that are set",
    file: "src/sync/kept-versions.ts",
    find: "greatest(versions_from, $2)",
    replace: "$2",
    test: [swept, cutShort],
  },
  {
    name: "as of: versions go that nobody was told of",
    file: "src/sync/retention.ts",
    find: '"t.valid_to")} AND ${endedBeforeKept}`',
    replace: '"t.valid_to")}`',
    test: [swept, "days that are narrowed while a sweep is under way hold from the next one on"],
  },
  {
    name: "I10: another organization's version is found by its id",
    file: "src/schema/versions/versions.ts",
    find: '${isReached("c", "$1")}',
    replace: '(${isReached("c", "$1")} OR true)',
    test: ["test/schema/versions.test.ts", "a version is found by its id, by its own organization alone"],
  },
  {
    name: "versions: a page goes on where it ended",
    file: "src/schema/versions/versions.ts",
    find: "v.version < coalesce",
    replace: "v.version <= coalesce",
    test: ["test/schema/versions.test.ts", "they come in pages"],
  },
];
