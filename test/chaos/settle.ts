import { z } from "zod";
import type { SyncRun } from "../../src/generated/prisma/client.js";
import { realmId } from "./consent.js";
import type { Happening } from "./happening.js";
import { changeSettings, sync, type Mode } from "./operators.js";
import { quiet, rest, takesWrites } from "./rest.js";
import { settleEdits } from "./settle-edits.js";
import { plenty } from "./traits.js";
import type { World } from "./world.js";

const mostRounds = 5;

type Note = (happening: Happening) => void;

/**
 * Nothing goes wrong any more, all commits are visible, and whoever has to consents again: then one incremental sync has to do.
 * A merge moves transactions without a sign; where its notice was lost, only a complete reading finds them.
 */
export async function settle(world: World, note: Note): Promise<void> {
  world.simulator.faults.clear();
  await mend(world, note);
  await quiet(world);
  await lookAgain(world);
  await reconnect(world, note);
  await quiet(world);
  const consentAgain = (): Promise<boolean> => reconnect(world, note);
  await settleEdits(world, note, consentAgain);
  const isMerged = world.company.edits.some(({ kind }) => kind === "merge");
  const mode = isMerged ? "FULL" : "INCREMENTAL";
  let last = await runToEnd(world, note, mode);
  // Found out only now that the authorization had ended.
  if (await reconnect(world, note)) {
    await rest(world);
    last = await runToEnd(world, note, mode);
  }
  // Found out only now that the company was reset: the new life is read whole.
  if (last.errorCode === "COMPANY_RESET") last = await runToEnd(world, note, "INCREMENTAL");
  // What this found of QuickBooks' side may differ from edits that wait; what is sent then is seen by the next.
  for (let rounds = 1; (await settleEdits(world, note, consentAgain)) && rounds <= mostRounds; rounds++) {
    last = await runToEnd(world, note, "INCREMENTAL");
  }
  if (last.status !== "SUCCEEDED")
    throw new Error(`The last sync ended as ${last.status}: ${last.errorMessage ?? "no error"}.`);
  const verification = await runToEnd(world, note, "VERIFY", true);
  if (verification.status !== "SUCCEEDED")
    throw new Error(
      `The last verification ended as ${verification.status}: ${verification.errorMessage ?? "no error"}.`,
    );
}

/** What time and people can mend: what QuickBooks cannot give, reads that are spent, pauses, and a scope that is less than all. */
async function mend(world: World, note: Note): Promise<void> {
  const { company, poisoned, traits } = world;
  for (const each of poisoned) {
    const [entity = "", id = ""] = each.split(" ");
    company.cure(entity, id);
  }
  if (traits.monthlyReads < plenty) await world.buyReads();
  await reconnect(world, note);
  note(await changeSettings(world, world.webs[0], { isPaused: false, entities: null, transactionsSince: null }));
}

/**
 * A broken record whose id is not known is looked for once a day; what somebody dismissed, they have tried again. Once nobody works any
 * more, or who met it before it was mended would tell of it afterwards.
 */
async function lookAgain({ database, connectionId }: World): Promise<void> {
  await database.pool.query(
    `UPDATE record_failures SET last_seen_at = last_seen_at - interval '1 day', status = CASE status WHEN 'DISMISSED' THEN 'OPEN'::"FailureStatus" ELSE status END
     WHERE connection_id = $1 AND epoch = (SELECT epoch FROM connections WHERE id = $1) AND status <> 'RESOLVED'`,
    [connectionId],
  );
}

/** Whether that was necessary: where Intuit asks for it, and after a reset, before which QuickBooks takes no writes. */
async function reconnect(world: World, note: Note): Promise<boolean> {
  const { database, connectionId, consent } = world;
  const { status } = await database.prisma.connection.findUniqueOrThrow({ where: { id: connectionId } });
  if (status === "CONNECTED" && takesWrites(world)) return false;
  // The tokens of the consent before, which processes remember, are worth nothing any more.
  if (status === "CONNECTED") world.simulator.disconnect(realmId);
  await consent.reconnect(connectionId);
  note({ reconnected: true });
  return true;
}

async function runToEnd(world: World, note: Note, mode: Mode, dryRun = false): Promise<SyncRun> {
  const asked = await sync(world.webs[0], world, mode, dryRun);
  note(asked);
  await rest(world);
  const id = z.string("The run was refused.").parse(asked["run"]);
  const run = await world.database.prisma.syncRun.findUniqueOrThrow({ where: { id } });
  note({ ended: run.status, mode, errorCode: run.errorCode });
  return run;
}
