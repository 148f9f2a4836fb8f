import type { Database } from "../../foundation/database/database.js";
import type { LocalChangesServices } from "../local-changes/edits.js";

export interface ConflictServices extends LocalChangesServices {
  readonly database: Pick<Database, "transaction" | "pool" | "prisma">;
}
