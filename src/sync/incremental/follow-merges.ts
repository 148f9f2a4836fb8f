import { z } from "zod";
import type { EntityPlugin } from "../../plugins/plugin.js";
import type { RunSync } from "../full/context.js";
import { referrersOf } from "../inbox/references.js";
import { refresh } from "../inbox/refresh.js";
import { isInQuickBooks } from "../local-changes/local-change.js";

/** How long after a removal what refers to it is looked for: a merge may show in one entity before it does in another. */
const lookedBack = "1 day";

const idRows = z.array(z.object({ id: z.string() }));

/**
 * A name of a list is never deleted in QuickBooks: where one is gone, it was merged into another, and its transactions moved there
 * without a change of their own time. Whatever the mirror knows to refer to it is read again.
 */
export async function followMerges(run: RunSync, plugins: readonly EntityPlugin[]): Promise<void> {
  const inScope = plugins.filter(({ name }) => run.run.entities.includes(name));
  for (const target of inScope.filter(({ quickbooks }) => quickbooks.kind === "NAME_LIST")) {
    const ids = await goneLately(run, target);
    if (ids.length === 0) continue;
    for (const plugin of inScope) {
      const referring = await referrersOf(run, plugin, { entity: target.name, ids });
      if (referring.length === 0) continue;
      const { problems } = await refresh(run, plugin, referring);
      await run.database.transaction((client) => run.progress.advance(client, plugin.name, { failed: problems.size }));
    }
  }
}

/** For a dry run also what it would remove. */
async function goneLately({ database, run }: RunSync, { name, table }: EntityPlugin): Promise<string[]> {
  const { rows } = await database.pool.query(
    `SELECT quickbooks_id AS id FROM "${table}" t WHERE connection_id = $1 AND epoch = $2 AND state IN ('DELETED', 'MERGED')
       AND ${isInQuickBooks("t")} AND mirrored_at > now() - interval '${lookedBack}'
     UNION SELECT quickbooks_id FROM mirror_drift WHERE run_id = $3 AND entity = $4 AND kind = 'EXTRA'`,
    [run.connectionId, run.epoch, run.id, name],
  );
  return idRows.parse(rows).map(({ id }) => id);
}
