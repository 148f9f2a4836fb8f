import { z } from "zod";
import { AnswerLost, QuickBooksError, RequestRejected, RunStopped } from "../../quickbooks/errors.js";
import type { FrozenRequest, LocalChange } from "../local-changes/local-change.js";
import { saveChange, type ChangeUpdate } from "../local-changes/rows.js";
import { LeaseLost } from "../progress.js";
import { rebased } from "../conflicts/compare-all.js";
import { type Claimed, type Pushing, stepDone } from "./context.js";
import { auditPush, type Held, lockBehind, settle, type Settling, underFence } from "./held.js";
import { answered } from "./landed.js";
import { delayAfter } from "./pace.js";
import { seekReset } from "./lives.js";

type Update = Omit<ChangeUpdate, "id" | "connectionId">;

/** Somebody was faster (5010): the record is read again, what is left is compared, and sent as another request. */
const staleCode = "5010";
const notFoundCode = "610";
/** Refusals by which one change is sent again at once; then it waits between them. */
const promptRefusals = 3;

/** The frozen bytes, under their requestid: until the window ends, and never after (I8). */
export async function send(pushing: Pushing, frozen: FrozenRequest, wasSentBefore: boolean): Promise<void> {
  const { services, change, plugin, company } = pushing;
  const leftMs = Math.max(services.pace.windowMs - (wasSentBefore ? (change.sinceFirstMs ?? 0) : 0), 1);
  const window = AbortSignal.timeout(Math.ceil(leftMs));
  const signal = AbortSignal.any([pushing.signal, window]);
  const answer = await company
    .write(plugin.name, { ...frozen, wasSentBefore, beforeSending: () => assertOurs(pushing) }, signal)
    .catch((error: unknown) => notLanded(pushing, window.aborted ? unanswered(error) : error, wasSentBefore));
  if (answer === undefined) return;
  await stepDone(pushing, "sent");
  await answered(pushing, answer);
}

const sendingRow = z.object({ isInTime: z.boolean() });

/**
 * A process that stood still may wake up when another has long gone on, or the company begun another life, and before its own timers tell
 * it: so the database is asked before the bytes go out. Throws LeaseLost, or AnswerLost once the window is over.
 */
async function assertOurs({ services: { database, pace }, change }: Pushing): Promise<void> {
  const { rows } = await database.pool.query(
    `UPDATE local_changes SET last_sent_at = clock_timestamp()
     WHERE id = $1 AND fence = $2 AND status IN ('PUSHING', 'UNKNOWN')
       AND epoch = (SELECT c.epoch FROM connections c WHERE c.id = connection_id)
     RETURNING first_sent_at + $3::float8 * interval '1 millisecond' > clock_timestamp() AS "isInTime"`,
    [change.id, change.fence, pace.windowMs],
  );
  const sending = sendingRow.optional().parse(rows[0]);
  if (sending === undefined) throw new LeaseLost(`The local change ${change.id} was taken over, or ended.`);
  if (!sending.isInTime) throw unanswered(undefined);
}

/** What ends at the window's end says nothing of its own; what QuickBooks said just before counts. */
function unanswered(cause: unknown): unknown {
  if (cause instanceof QuickBooksError) return cause;
  const message = "QuickBooks gave no answer for so long that the request is not sent any more: what it shows decides.";
  return new AnswerLost(message, { cause });
}

/** What is certain not to have landed is settled; whatever else is thrown on leaves the fate unknown. */
async function notLanded(pushing: Pushing, error: unknown, wasSentBefore: boolean): Promise<undefined> {
  if (error instanceof RequestRejected) return refused(pushing, error);
  const isReset = error instanceof RunStopped && error.reason === "COMPANY_RESET";
  const isUnsent = error instanceof QuickBooksError && !(error instanceof AnswerLost) && !wasSentBefore;
  if (!isReset && !isUnsent) throw error;
  await underFence(pushing, (client, held, events) =>
    settle(pushing, { client, events }, { ...later(pushing, held, error), ...unsent(held) }),
  );
  // A change of the new life meets it too: QuickBooks takes no writes after a reset before the company is connected again.
  if (isReset && pushing.change.errorCode !== error.reason) await seekReset(pushing);
  return undefined;
}

/** QuickBooks decided against it: the one thing after which another request may be made of the change. */
async function refused(pushing: Pushing, error: RequestRejected): Promise<undefined> {
  const { code, intuitTid } = error;
  await underFence(pushing, async (client, held, events) => {
    const isStale = code === staleCode || mayBeGone(pushing, code);
    const wait = isStale && held.attempts < promptRefusals ? { nextAttemptAt: held.now } : {};
    const update = { ...later(pushing, held, error), ...unsent(held), ...wait, errorCode: code };
    if (!isStale) {
      await rebaseBehind(pushing, { client, events }, held);
      await auditPush(client, pushing, held, { status: "REJECTED", intuitTid, code });
    }
    await settle(pushing, { client, events }, { ...update, status: isStale ? "PENDING" : "REJECTED" });
  });
  return undefined;
}

/**
 * QuickBooks says of a record that is gone, and of one that refers to what is inactive, that it is not found: reading it tells, and a
 * second time it is refused for good.
 */
const mayBeGone = ({ change }: Pushing, code: string): boolean =>
  code === notFoundCode && change.operation !== "CREATE" && change.errorCode !== notFoundCode;

/**
 * QuickBooks did nothing, for it refused the request or never had it: the next one is another request, as edits may join it meanwhile and
 * the same bytes alone go out under a requestid.
 */
function unsent({ generation }: LocalChange): Update {
  return {
    ...{ status: "PENDING", generation: generation + 1, request: null },
    ...{ firstSentAt: null, lastSentAt: null },
  };
}

/** Tried again after a while, and why it was not done yet. */
export function later({ services }: Claimed, held: Held, error: unknown): Update {
  const retryAt = error instanceof Error && "retryAt" in error ? error.retryAt : undefined;
  const delayMs = delayAfter(services.pace, held.attempts, services.random);
  return {
    attempts: held.attempts + 1,
    nextAttemptAt: retryAt instanceof Date ? retryAt : new Date(held.now.getTime() + delayMs),
    errorCode: error instanceof RunStopped ? error.reason : codeOf(error),
    // What else went wrong is for the log: it may speak of the gateway's inside.
    errorMessage:
      error instanceof QuickBooksError ? error.message : "The gateway failed here; it is tried again later.",
    errorIntuitTid: error instanceof QuickBooksError ? (error.intuitTid ?? null) : null,
  };
}

/** `RETRY_LATER` of RetryLater. */
const codeOf = (error: unknown): string =>
  error instanceof QuickBooksError ? error.name.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase() : "FAILED";

/** What was edited over a value that is not in QuickBooks after all was edited over what that one was edited over. */
async function rebaseBehind({ change, plugin }: Pushing, { client, events }: Settling, held: Held): Promise<void> {
  if (held.operation === "CREATE") return;
  const gone = Object.entries(held.edits).map(([path, { base, value }]) => ({ path, base, platform: value }));
  for (const behind of await lockBehind(client, held)) {
    const edits = rebased(plugin, behind.edits, gone);
    const { id, connectionId } = behind;
    await saveChange(client, events, change.organizationId, { id, connectionId, edits });
  }
}
