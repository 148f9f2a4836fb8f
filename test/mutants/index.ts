import { asOfMutants } from "./as-of.js";
import { auditMutants } from "./audit.js";
import { accessMutants } from "./access.js";
import { alertMutants } from "./alerts.js";
import { chaosMutants } from "./chaos.js";
import { companyMutants } from "./company.js";
import { conflictMutants } from "./conflicts.js";
import { conflictsSurfaceMutants } from "./conflicts-surface.js";
import { dryMutants } from "./dry.js";
import { editingMutants } from "./editing.js";
import { erasureMutants } from "./erasure.js";
import { editsSurfaceMutants } from "./edits-surface.js";
import { exportsMutants } from "./exports.js";
import { foundationMutants } from "./foundation.js";
import { houseMutants } from "./house.js";
import { incrementalMutants } from "./incremental.js";
import { encryptionMutants } from "./encryption.js";
import { limitMutants } from "./limits.js";
import type { Mutant } from "./mutant.js";
import { pushMutants } from "./push.js";
import { quickbooksMutants } from "./quickbooks.js";
import { quotaMutants } from "./quota.js";
import { scenarioMutants } from "./scenarios.js";
import { scheduleMutants } from "./schedule.js";
import { simulatorMutants } from "./simulator.js";
import { simulatorRuleMutants } from "./simulator-rules.js";
import { syncMutants } from "./sync.js";
import { tenantMutants } from "./tenants.js";
import { tokenMutants } from "./tokens.js";
import { transactionWritesMutants } from "./writes-transactions.js";
import { webhookMutants } from "./webhooks.js";
import { nameWritesMutants } from "./writes-names.js";

/** One or more for every invariant and scenario whose test exists. */
export const mutants: readonly Mutant[] = [
  ...syncMutants,
  ...incrementalMutants,
  ...companyMutants,
  ...quickbooksMutants,
  ...pushMutants,
  ...tokenMutants,
  ...foundationMutants,
  ...tenantMutants,
  ...accessMutants,
  ...webhookMutants,
  ...scheduleMutants,
  ...dryMutants,
  ...quotaMutants,
  ...houseMutants,
  ...chaosMutants,
  ...simulatorMutants,
  ...simulatorRuleMutants,
  ...transactionWritesMutants,
  ...nameWritesMutants,
  ...editingMutants,
  ...conflictMutants,
  ...conflictsSurfaceMutants,
  ...editsSurfaceMutants,
  ...scenarioMutants,
  ...auditMutants,
  ...encryptionMutants,
  ...exportsMutants,
  ...asOfMutants,
  ...alertMutants,
  ...limitMutants,
  ...erasureMutants,
];
