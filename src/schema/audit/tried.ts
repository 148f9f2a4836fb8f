import { writeAudit } from "../../access/audit.js";
import { actorOf, type GatewayContext } from "../context.js";

/** What came of trying something on a company. */
export interface Tried {
  readonly success: boolean;
  readonly error: string | null;
  readonly intuitTid: string | null;
}

interface Trial {
  readonly action: string;
  readonly connectionId: string;
  readonly entity?: string;
}

/** Gives back the result, audited: trying changes nothing, but who had a company's books read is told all the same (I15). */
export async function audited<Result extends Tried>(
  context: GatewayContext,
  { action, connectionId, entity }: Trial,
  result: Result,
): Promise<Result> {
  const { services } = context;
  const actor = actorOf(context);
  const { success, error, intuitTid } = result;
  await services.database.transaction((client) =>
    writeAudit(client, {
      ...{ organizationId: actor.organizationId, actor, action },
      ...{ subjectType: "ConnectedCompany", subjectId: connectionId, after: { entity, success, error } },
      intuitTid: intuitTid ?? undefined,
    }),
  );
  return result;
}
