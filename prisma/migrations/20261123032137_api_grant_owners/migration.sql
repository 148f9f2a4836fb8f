-- AlterTable
ALTER TABLE "api_grants" ADD COLUMN     "owner" BIGINT;
