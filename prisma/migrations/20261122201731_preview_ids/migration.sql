-- AlterTable
ALTER TABLE "mirror_drift" ADD COLUMN     "id" UUID NOT NULL DEFAULT gen_random_uuid();

-- CreateIndex
CREATE UNIQUE INDEX "mirror_drift_id_key" ON "mirror_drift"("id");
