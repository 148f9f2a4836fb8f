-- AlterTable
ALTER TABLE "connections" ADD COLUMN     "excluded_fields" JSONB NOT NULL DEFAULT '{}';

-- AlterTable
ALTER TABLE "erasures" ADD COLUMN     "fields" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- Of fields several may be at work: of several entities, and those that were asked for later.
DROP INDEX erasures_one_open;
CREATE UNIQUE INDEX erasures_one_open ON erasures (connection_id, coalesce(record_id, connection_id)) WHERE finished_at IS NULL AND fields = '{}';
