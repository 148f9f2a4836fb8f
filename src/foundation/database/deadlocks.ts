import { DatabaseError } from "pg";

const mostTries = 3;
/** Of PostgreSQL: it ended one of the transactions that waited for each other in a circle. */
const deadlockDetected = "40P01";

/**
 * Runs a transaction again as a whole, three times at most, where PostgreSQL undid it because others waited for it in a circle: nothing of it
 * was done. For transactions alone that do nothing outside of the database.
 */
export async function againAfterDeadlock<T>(transaction: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await transaction();
    } catch (error) {
      const isDeadlock = error instanceof DatabaseError && error.code === deadlockDetected;
      if (!isDeadlock || tries === mostTries) throw error;
    }
  }
}
