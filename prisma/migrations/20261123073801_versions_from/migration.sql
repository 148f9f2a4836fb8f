-- AlterTable
ALTER TABLE "connections" ADD COLUMN     "versions_from" TIMESTAMPTZ(3);

-- How far versions were removed before this was written down, only the setting tells: at most so far.
UPDATE "connections" SET "versions_from" = now() - make_interval(days => ("retention" ->> 'versionDays')::integer)
WHERE "retention" ->> 'versionDays' IS NOT NULL;
