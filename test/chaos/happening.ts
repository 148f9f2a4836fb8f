import { UserProblem, UserProblems } from "../../src/sync/problems.js";
import type { Random } from "./random.js";
import type { World } from "./world.js";

/** One thing that happened. */
export type Happening = Readonly<Record<string, unknown>>;

export type Event = (world: World, random: Random) => Promise<Happening> | Happening;

/** What somebody asked for, or why it was refused: what is out of place now is no fault. */
export async function asked(what: string, ask: () => Promise<Happening>): Promise<Happening> {
  try {
    return { asked: what, ...(await ask()) };
  } catch (error) {
    if (!(error instanceof UserProblem || error instanceof UserProblems)) throw error;
    return { asked: what, refused: error.message };
  }
}
