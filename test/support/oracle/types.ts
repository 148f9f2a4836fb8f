/** The columns of a table, each with the SQL that says what it has to hold. */
export type Columns = Readonly<Record<string, string>>;

/** Rows that belong to a record: where they stand in it, and what their columns hold. */
export interface ChildOracle {
  readonly table: string;
  /** A query over `served(id, r)` and `placed` lines: `id` of the record, `position` from 0, `r` the line, and what the columns name. */
  readonly rows: string;
  readonly columns: Columns;
}

/** What the mirror has to hold of one entity, told anew from QuickBooks' documentation of it. */
export interface EntityOracle {
  readonly table: string;
  readonly columns: Columns;
  readonly children: readonly ChildOracle[];
}
