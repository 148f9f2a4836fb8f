import { parseArgs } from "node:util";
import { MutantRuns } from "./mutants/runs.js";
import { mutants } from "../test/mutants/index.js";

const usage = "npm run mutants -- [--only TEXT]... [--lanes N]";

const { values } = parseArgs({ options: { only: { type: "string", multiple: true }, lanes: { type: "string" } } });
const wanted = values.only ?? [""];
const lanes = Number(values.lanes ?? 1);
const chosen = mutants.filter(({ name }) => wanted.some((text) => name.includes(text)));
if (chosen.length === 0 || !(Number.isInteger(lanes) && lanes > 0)) {
  console.error(chosen.length === 0 ? `No mutant's name contains "${wanted.join('" or "')}": ${usage}` : usage);
  process.exit(1);
}

const runs = Array.from({ length: lanes }, () => new MutantRuns());
try {
  const missing = (await runs[0]?.notGreen(chosen)) ?? [];
  for (const { test } of missing) console.log(`NOT GREEN without a mutant: ${test[0]}: ${test[1]}`);
  let survivors = 0;
  // One iterator for all lanes: each takes what is next.
  const waiting = chosen.filter((each) => !missing.includes(each)).values();
  const lane = async (own: MutantRuns): Promise<void> => {
    for (const mutant of waiting) {
      const verdict = await own.verdictOn(mutant);
      if (verdict !== "killed") survivors += 1;
      console.log(`${verdict.padEnd(8)}  ${mutant.name}`);
    }
  };
  await Promise.all(runs.map(lane));
  const failed = survivors + missing.length;
  console.log(`${chosen.length} mutants, ${chosen.length - failed} killed, ${failed} not.`);
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  for (const each of runs) each.remove();
}
