import type { Mutant } from "./mutant.js";

const due = "test/schedule/due.test.ts";
const times = "test/schedule/times.test.ts";

const missed = "test/schedule/missed-notices.test.ts";

export const scheduleMutants: readonly Mutant[] = [
  {
    name: "F13: a schedule is planned anew without its run",
    file: "src/sync/schedule/due.ts",
    find: "await plan(client, planned(connection, now, stretch));",
    replace: "await plan(client, connection);",
    test: [due, "a connection whose time has come gets a run of everything in its scope, and its next time"],
  },
  {
    name: "F13: one connection's trouble stops the sweep",
    file: "src/sync/schedule/due.ts",
    find: "    } catch (error) {\n      log.error(",
    replace: "    } catch (error) {\n      throw error;\n      log.error(",
    test: [due, "one connection's trouble is not another's, and it is tried again"],
  },
  {
    name: "F15: a time that an autumn night has twice comes twice",
    file: "src/sync/schedule/cron.ts",
    find: "const isEveryHour = shown.fields.hour.values.length === hoursOfDay;",
    replace: "const isEveryHour = true;",
    test: [times, "a time that the autumn night has twice comes once, wherever in that night the next is asked for"],
  },
  {
    name: "F15: a time that a spring night leaves out is lost after the leap",
    file: "src/sync/schedule/cron.ts",
    find: "const currentDate = new Date(after.getTime() + Math.min(offset, beforeLeap));",
    replace: "const currentDate = new Date(after.getTime() + offset);",
    test: [times, "a left-out time still comes where the next is asked for after the leap"],
  },
  {
    name: "an outage of ours is not noticed",
    file: "src/sync/schedule/missed-notices.ts",
    find: "const outageMs = 2 * 60_000;",
    replace: "const outageMs = Infinity;",
    test: [missed, "after an outage of ours every company is read soon, spread over minutes, and each once"],
  },
  {
    name: "notices that cease are not noticed",
    file: "src/sync/schedule/missed-notices.ts",
    find: "const silent = await bringSilentForward(services, now);",
    replace: "const silent = 0;",
    test: [missed, "a company whose notices have ceased for twelve hours is read, once in twelve hours"],
  },
  {
    name: "silence is taken for a reason to read whoever never sends notices",
    file: "src/sync/schedule/missed-notices.ts",
    find: "AND EXISTS (SELECT 1 FROM quickbooks_webhook_events e",
    replace: "AND NOT EXISTS (SELECT 1 FROM quickbooks_webhook_events e",
    test: [missed, "who was told of lately, was read lately, or never sends notices, is not read for its silence"],
  },
];
