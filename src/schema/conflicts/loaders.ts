import type DataLoader from "dataloader";
import type { Database } from "../../foundation/database/database.js";
import type { Conflict, Prisma } from "../../generated/prisma/client.js";
import { counted, one } from "../keyed.js";

/** Batched reads of conflicts; nothing of another organization is ever found. */
export interface ConflictLoaders {
  readonly conflict: DataLoader<string, Conflict | undefined>;
  /** By our id of the record. Of several, the one of its oldest edit, which holds the others back. */
  readonly openConflict: DataLoader<string, Conflict | undefined>;
  /** By our id of the local change: the latest. */
  readonly conflictOfChange: DataLoader<string, Conflict | undefined>;
  /** By the id of a connection that was found above. */
  readonly openConflictCount: DataLoader<string, number>;
}

type Below = () => Promise<Pick<Prisma.ConflictWhereInput, "connectionId">>;

export function conflictLoaders({ prisma }: Database, below: Below): ConflictLoaders {
  const read = async (where: Prisma.ConflictWhereInput, order: Prisma.SortOrder) =>
    prisma.conflict.findMany({ where: { AND: [where, await below()] }, orderBy: { number: order } });
  return {
    conflict: one("id", (keys) => read({ id: { in: keys } }, "asc")),
    openConflict: one("recordId", (keys) => read({ recordId: { in: keys }, status: "OPEN" }, "desc")),
    conflictOfChange: one("localChangeId", (keys) => read({ localChangeId: { in: keys } }, "asc")),
    openConflictCount: counted("connectionId", async (keys) => {
      const where = { connectionId: { in: keys }, status: "OPEN" } as const;
      const rows = await prisma.conflict.groupBy({ by: ["connectionId"], where, _count: true });
      return rows.map(({ _count: count, connectionId }) => ({ connectionId, count }));
    }),
  };
}
