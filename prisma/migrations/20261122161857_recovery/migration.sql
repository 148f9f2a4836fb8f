-- CreateEnum
CREATE TYPE "DriftKind" AS ENUM ('MISSING', 'DIFFERENT', 'EXTRA');

-- AlterTable
ALTER TABLE "mirror_status" ADD COLUMN     "verified_by" UUID;

-- AlterTable
ALTER TABLE "record_failures" ADD COLUMN     "note" TEXT;

-- CreateTable
CREATE TABLE "mirror_drift" (
    "run_id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "entity" TEXT NOT NULL,
    "quickbooks_id" TEXT NOT NULL,
    "kind" "DriftKind" NOT NULL,

    CONSTRAINT "mirror_drift_pkey" PRIMARY KEY ("run_id","entity","quickbooks_id")
);

-- CreateTable
CREATE TABLE "sync_run_records" (
    "id" BIGSERIAL NOT NULL,
    "run_id" UUID NOT NULL,
    "entity" TEXT NOT NULL,
    "quickbooks_id" TEXT,
    "failure_id" UUID,

    CONSTRAINT "sync_run_records_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "mirror_drift_connection_id_entity_idx" ON "mirror_drift"("connection_id", "entity");

-- CreateIndex
CREATE INDEX "sync_run_records_run_id_idx" ON "sync_run_records"("run_id");
