-- AlterEnum
ALTER TYPE "DriftKind" ADD VALUE 'REFUSED';

-- AlterTable
ALTER TABLE "mirror_drift" ADD COLUMN     "created_in_quickbooks_at" TIMESTAMPTZ(3),
ADD COLUMN     "fields" JSONB,
ADD COLUMN     "reason" TEXT;

-- AlterTable
ALTER TABLE "quickbooks_syncs" ADD COLUMN     "transactions_since" DATE;

-- CreateIndex
CREATE INDEX "quickbooks_syncs_connection_id_started_at_idx" ON "quickbooks_syncs"("connection_id", "started_at");
