/** What the audit calls the beginning of a company's next life; `before` and `after` name the epochs. */
export const lifeBegun = "connection.beginLife";

/** SQL of the epoch that a row of `connections` was in at an instant. The audit knows: nothing changes it. */
export function epochAt(connection: string, at: string): string {
  return `coalesce((SELECT min((life.before ->> 'epoch')::integer) FROM audit_entries life
    WHERE life.organization_id = ${connection}.organization_id AND life.subject_id = ${connection}.id::text
      AND life.action = '${lifeBegun}' AND life.at > ${at}), ${connection}.epoch)`;
}
