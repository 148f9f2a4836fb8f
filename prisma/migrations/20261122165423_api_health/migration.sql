-- AlterTable
ALTER TABLE "api_usage" ADD COLUMN     "answered_at" TIMESTAMPTZ(3),
ADD COLUMN     "failed_at" TIMESTAMPTZ(3);
