import type { Pool } from "pg";

/** What `work` gave, and how many statements this process put to the pool itself meanwhile. */
export async function countingStatements<T>(
  pool: Pool,
  work: () => Promise<T>,
): Promise<{ readonly answer: T; readonly statements: number }> {
  let statements = 0;
  const unwatched = pool.query.bind(pool);
  Object.assign(pool, {
    query: (...asked: unknown[]): unknown => {
      // What was spent is told to other processes once a second, whoever asked for what.
      if (!String(asked[0]).includes("query_budgets")) statements += 1;
      return Reflect.apply(unwatched, pool, asked);
    },
  });
  try {
    return { answer: await work(), statements };
  } finally {
    Reflect.deleteProperty(pool, "query");
  }
}
