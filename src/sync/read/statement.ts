/** A statement in the making: collects its parameters, and gives every row in it a name of its own. */
export class Statement {
  readonly values: unknown[] = [];
  private rows = 0;

  /** Every value goes in as a parameter, so that the text depends on the shape of the question alone. */
  param(value: unknown, type: string): string {
    this.values.push(value);
    return `$${this.values.length}::${type}`;
  }

  alias(): string {
    this.rows += 1;
    return `t${this.rows}`;
  }
}

/** `columns` of the rows of `source` (FROM and what follows), as one JSON array; `[]` where there are none. */
export function jsonRows(columns: readonly string[], source: string): string {
  return `coalesce((SELECT json_agg(r) FROM (SELECT ${columns.join(", ")} ${source}) r), '[]'::json)`;
}

/** `columns` of the one row of `source`, as a JSON object; NULL where there is none. */
export function jsonRow(columns: readonly string[], source = ""): string {
  return `(SELECT row_to_json(r) FROM (SELECT ${columns.join(", ")} ${source}) r)`;
}

export function named(expression: string, name: string): string {
  return `${expression} AS "${name}"`;
}

/** A name from a declaration, as an SQL string. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
