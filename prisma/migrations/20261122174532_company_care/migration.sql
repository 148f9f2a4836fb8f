-- AlterTable
ALTER TABLE "connections" ADD COLUMN     "company_read_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "quickbooks_tokens" ADD COLUMN     "warned_of" TIMESTAMPTZ(3);
