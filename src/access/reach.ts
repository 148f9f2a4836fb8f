/** Which of an organization's connections somebody sees and touches (I10). */
export interface Reach {
  readonly organizationId: string;
  /** Left out: all of them. Given for API keys that are limited to some. */
  readonly connectionIds?: readonly string[] | undefined;
}

/** The one rule, in the three forms in which it is asked: of an id whose organization is known already, */
export function reaches({ connectionIds }: Reach, connectionId: string): boolean {
  return connectionIds === undefined || connectionIds.includes(connectionId);
}

/** of Prisma, for rows of `connections`, */
export function reachedConnections({ organizationId, connectionIds }: Reach) {
  return { organizationId, ...(connectionIds !== undefined && { id: { in: [...connectionIds] } }) };
}

/**
 * and of SQL: the condition that a row of `connections` is reached. `connection` is its alias, `reach` the parameter (`$2`) that brings
 * `reachParameter`.
 */
export function isReached(connection: string, reach: string): string {
  const given = `${reach}::jsonb`;
  return `(${connection}.organization_id = (${given} ->> 'organizationId')::uuid
    AND (NOT ${given} ? 'connectionIds' OR (${given} -> 'connectionIds') ? ${connection}.id::text))`;
}

export function reachParameter({ organizationId, connectionIds }: Reach): string {
  return JSON.stringify({ organizationId, connectionIds });
}
