-- AlterTable
ALTER TABLE "connections" ADD COLUMN     "cron" TEXT,
ADD COLUMN     "is_priority" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "next_sync_at" TIMESTAMPTZ(3),
ADD COLUMN     "next_verification_at" TIMESTAMPTZ(3),
ADD COLUMN     "schedule_time_zone" TEXT;
