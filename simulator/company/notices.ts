import type { Switches } from "../switches.js";
import type { Edit, EditKind } from "./options.js";
import type { Row } from "./table.js";

export type Operation = "Create" | "Update" | "Delete" | "Merge" | "Void" | "Emailed";

/** What QuickBooks tells an app about one record. */
export interface Notice {
  readonly realmId: string;
  /** As QuickBooks calls it: also one that the simulator does not have. */
  readonly entity: string;
  /** Of a merge: the survivor. */
  readonly id: string;
  readonly operation: Operation;
  /** When it happened, milliseconds since 1970. */
  readonly at: number;
  /** Of a merge: the one that is gone. */
  readonly deletedId?: string;
}

const operations: Readonly<Record<Exclude<EditKind, "reset" | "deactivate">, Operation>> = {
  create: "Create",
  change: "Update",
  reactivate: "Update",
  void: "Void",
  delete: "Delete",
  merge: "Merge",
};

/** These have no notices (Webhooks guide): apps must ask. */
const silent = new Set(["CompanyInfo"]);

/** The notice of the record that was edited; a reset is told by none. */
export function ownNotice(realmId: string, edit: Edit, { inactivationNotice }: Switches): Notice | undefined {
  const { kind, entity, id, into, at } = edit;
  if (kind === "reset" || silent.has(entity)) return undefined;
  const operation = kind === "deactivate" ? inactivationNotice : operations[kind];
  const notice = { realmId, entity, id, operation, at };
  return into === undefined ? notice : { ...notice, id: into, deletedId: id };
}

/** Collects whose tokens an edit moves, and what it takes away. */
export class Touched {
  readonly #operations = new Map<Row, Operation>();
  readonly note = (row: Row, operation: Operation): void => {
    this.#operations.set(row, operation);
  };

  /** What there is to tell once the edit can be seen. An edit that changed nothing is not told, one made visible late was told before. */
  notices(realmId: string, edit: Edit, switches: Switches): readonly Notice[] {
    const isOwn = ({ entity, id }: Row): boolean => entity === edit.entity && id === edit.id;
    const touched = [...this.#operations];
    const isTold = edit.visibleAt === edit.at && (edit.kind === "create" || touched.some(([row]) => isOwn(row)));
    const own = isTold ? ownNotice(realmId, edit, switches) : undefined;
    const others = touched.filter(([row]) => !isOwn(row));
    return [
      ...(own ? [own] : []),
      ...others.map(([{ entity, id }, operation]) => ({ realmId, entity, id, operation, at: edit.at })),
    ];
  }
}
