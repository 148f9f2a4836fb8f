import { parseArgs } from "node:util";
import { MutantRuns } from "./mutants/runs.js";
import { mutants } from "../test/mutants/index.js";

const usage = "npm run mutants -- [--only TEXT]...";

const { values } = parseArgs({ options: { only: { type: "string", multiple: true } } });
const wanted = values.only ?? [""];
const chosen = mutants.filter(({ name }) => wanted.some((text) => name.includes(text)));
if (chosen.length === 0) {
  console.error(`No mutant's name contains "${wanted.join('" or "')}": ${usage}`);
  process.exit(1);
}

const runs = new MutantRuns();
try {
  const missing = await runs.notGreen(chosen);
  for (const { test } of missing) console.log(`NOT GREEN without a mutant: ${test[0]}: ${test[1]}`);
  let survivors = 0;
  for (const mutant of chosen.filter((each) => !missing.includes(each))) {
    const verdict = await runs.verdictOn(mutant);
    if (verdict !== "killed") survivors += 1;
    console.log(`${verdict.padEnd(8)}  ${mutant.name}`);
  }
  const failed = survivors + missing.length;
  console.log(`${chosen.length} mutants, ${chosen.length - failed} killed, ${failed} not.`);
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  runs.remove();
}
