import { readdirSync, readFileSync } from "node:fs";

/** A table as the Prisma models declare it. */
export interface Table {
  readonly columns: ReadonlyMap<string, { readonly type: string; readonly isNullable: boolean }>;
  /** The columns of each index, the primary key and the unique ones included. */
  readonly indexes: readonly (readonly string[])[];
}

const directory = new URL("../../prisma/models/", import.meta.url);

/** Every table of prisma/models, by its name. */
export function declaredTables(): ReadonlyMap<string, Table> {
  const sources = readdirSync(directory).map((file) => readFileSync(new URL(file, directory), "utf8"));
  const models = sources.flatMap((source) => [...source.matchAll(/^model \w+ \{\n(.*?)^\}/gms)]);
  return new Map(models.map(([, body = ""]) => [/@@map\("(\w+)"\)/.exec(body)?.[1] ?? "", tableOf(body)]));
}

function tableOf(body: string): Table {
  const columnNames = new Map<string, string>();
  const columns = new Map<string, { type: string; isNullable: boolean }>();
  for (const [, field = "", kind = "", optional, rest = ""] of body.matchAll(/^ {2}(\w+) +(\w+)(\?)?(.*)$/gm)) {
    const column = /@map\("(\w+)"\)/.exec(rest)?.[1] ?? field;
    const native = /@db\.(\w+(?:\([\d, ]+\))?)/.exec(rest)?.[1];
    columnNames.set(field, column);
    columns.set(column, { type: native ?? kind, isNullable: optional !== undefined });
  }
  const indexes = [...body.matchAll(/@@(?:index|unique|id)\(\[([^\]]+)\]/g)].map(([, list = ""]) =>
    list.split(",").map((field) => columnNames.get(field.trim()) ?? field),
  );
  return { columns, indexes };
}
