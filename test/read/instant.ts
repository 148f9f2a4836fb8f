import { z } from "zod";
import type { Database } from "../../src/foundation/database/database.js";
import { until } from "../support/until.js";

const clockRow = z.object({ at: z.date() });

/** An instant by the database's clock, behind which everything lies that comes next. */
export async function instantOf({ pool }: Pick<Database, "pool">): Promise<Date> {
  const clock = async (): Promise<Date> => {
    const { rows } = await pool.query("SELECT clock_timestamp() AS at");
    return clockRow.parse(rows[0]).at;
  };
  const at = new Date((await clock()).getTime() + 2);
  await until(async () => ((await clock()).getTime() > at.getTime() + 1 ? true : undefined));
  return at;
}
