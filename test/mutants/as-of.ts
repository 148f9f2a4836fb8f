import type { Mutant } from "./mutant.js";

const file = "test/read/as-of.test.ts";
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
