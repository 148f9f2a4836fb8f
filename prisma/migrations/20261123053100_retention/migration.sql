-- AlterTable
ALTER TABLE "connections" ADD COLUMN     "retention" JSONB NOT NULL DEFAULT '{}';
