import { resolveMany, type ResolveManyOutcome, type ResolveManyRequest } from "./bulk.js";
import {
  assignConflict,
  ignoreConflict,
  reopenConflict,
  type AssignRequest,
  type IgnoreRequest,
  type ReopenRequest,
} from "./care.js";
import { OpenConflicts, type OpenCounts } from "./open-counts.js";
import type { ResolveRequest } from "./outcome.js";
import { previewPolicies, type PolicyPreview, type PolicyPreviewRequest } from "./preview.js";
import { resolveConflict, type ResolveOutcome } from "./resolving.js";
import type { ConflictServices } from "./services.js";

/**
 * What people do about conflicts. All is audited and told in the transaction that does it; all throws UserProblem or UserProblems, and
 * answers of a foreign conflict as of a missing one (I10).
 */
export interface Conflicts {
  resolve(request: ResolveRequest): Promise<ResolveOutcome>;
  /** Many alike, as they are when the call begins: QuickBooks wins, or the platform. */
  resolveMany(request: ResolveManyRequest): Promise<ResolveManyOutcome>;
  /** Until it changes again. */
  ignore(request: IgnoreRequest): Promise<void>;
  /** While nothing of the resolution has been sent. */
  reopen(request: ReopenRequest): Promise<void>;
  assign(request: AssignRequest): Promise<void>;
  /** How the conflicts that are open would be decided under other policies. Nothing is decided by it. */
  previewPolicies(request: PolicyPreviewRequest): Promise<PolicyPreview>;
  /** How many an organization has open at this event of its stream, or after; counted once for all who follow it. */
  openCounts(organizationId: string, position: bigint): Promise<OpenCounts>;
}

export function createConflicts(services: ConflictServices): Conflicts {
  const wake = async (): Promise<void> => {
    try {
      await services.wakeWorkers();
    } catch (error) {
      services.log.warn({ err: error }, "The workers could not be woken; the sweep finds the work.");
    }
  };
  const open = new OpenConflicts(services.database.pool);
  return {
    async resolve(request) {
      const outcome = await resolveConflict(services, request);
      if (request.dryRun !== true) await wake();
      return outcome;
    },
    async resolveMany(request) {
      const outcome = await resolveMany(services, request);
      if (request.dryRun !== true && outcome.resolved > 0) await wake();
      return outcome;
    },
    ignore: (request) => ignoreConflict(services, request),
    reopen: (request) => reopenConflict(services, request),
    assign: (request) => assignConflict(services, request),
    previewPolicies: (request) => previewPolicies(services.database.pool, services.plugins, request),
    openCounts: (organizationId, position) => open.at(organizationId, position),
  };
}
