-- AlterTable
ALTER TABLE "quickbooks_tokens" ADD COLUMN     "check_at" TIMESTAMPTZ(3);
