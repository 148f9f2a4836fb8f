import { plugins } from "../process.js";

/** Every version of a record from the first to the one before the mirror's, each beginning where the last one ended. */
export const brokenVersions = [
  ...plugins.map(
    ({
      name,
      table,
    }) => `SELECT 'versions of ${name} ' || t.quickbooks_id || ': ' || coalesce(k.n, 0) || ' kept, and it is version ' || t.version
         AS violation
       FROM "${table}" t LEFT JOIN (
         SELECT record_id, count(*) AS n, min(version) AS first, max(version) AS last FROM record_versions
         WHERE connection_id = $1 AND entity = '${name}' GROUP BY record_id) k ON k.record_id = t.id
       WHERE t.connection_id = $1 AND (coalesce(k.n, 0) <> t.version - 1 OR k.first <> 1 OR k.last <> t.version - 1)`,
  ),
  `SELECT 'a version of ' || entity || ' begins before the last one ended: ' || record_id AS violation FROM (
     SELECT *, lag(valid_to) OVER (PARTITION BY record_id ORDER BY version) AS ended FROM record_versions WHERE connection_id = $1) v
   WHERE valid_from <> ended`,
].join(" UNION ALL ");

const told = (name: string): string => `
  SELECT record_id, max(version) AS last, bool_and(version = place) AS is_in_order,
    bool_and((kind = 'CREATED') = (version = 1)) AS is_created_once,
    max(version) FILTER (WHERE kind = 'REMOVED') AS gone, (array_agg(kind::text ORDER BY number DESC))[1] AS kind
  FROM (SELECT *, row_number() OVER (PARTITION BY record_id ORDER BY number) AS place
    FROM entity_changes WHERE connection_id = $1 AND entity = '${name}') c
  GROUP BY record_id`;

/** What a record is to those who follow the feed: nothing that there was before the company was reset is there any more. */
const known = (table: string): string => `
  SELECT t.id, t.quickbooks_id, t.state, t.state IN ('DELETED', 'MERGED') OR t.epoch < c.epoch AS is_gone,
    t.version + CASE WHEN t.epoch < c.epoch AND t.state NOT IN ('DELETED', 'MERGED') THEN 1 ELSE 0 END AS version
  FROM "${table}" t JOIN connections c ON c.id = t.connection_id WHERE t.connection_id = $1`;

/**
 * I12: whoever takes the changes in their order, from the first on, has every version of every record, and knows what is gone. A record
 * without a row came with a page before its create here was known to have landed: the created one goes on for it.
 */
export const brokenFeed = [
  `SELECT 'the change feed has ' || count(*) || ' changes, numbered ' || min(number) || ' to ' || max(number) AS violation
   FROM entity_changes WHERE connection_id = $1 HAVING count(*) <> coalesce(max(number), 0) OR min(number) <> 1`,
  ...plugins.map(
    ({
      name,
      table,
    }) => `SELECT 'the change feed tells of ${name} ' || coalesce(t.quickbooks_id, k.record_id::text) || ': '
         || concat_ws(' ', k.kind, k.last, k.is_in_order, k.is_created_once) || '; it is ' || concat_ws(' ', t.state, t.version) AS violation
       FROM (${told(name)}) k FULL JOIN (${known(table)}) t ON t.id = k.record_id
       WHERE k.last IS DISTINCT FROM coalesce(t.version, k.gone) OR NOT k.is_in_order OR NOT k.is_created_once
         OR (k.kind = 'REMOVED') <> t.is_gone`,
  ),
].join(" UNION ALL ");
