-- CreateEnum
CREATE TYPE "ExportFormat" AS ENUM ('NDJSON', 'CSV');

-- CreateTable
CREATE TABLE "data_exports" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "connection_id" UUID,
    "entities" TEXT[],
    "format" "ExportFormat" NOT NULL,
    "requested_by" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "data_exports_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "data_exports_expires_at_idx" ON "data_exports"("expires_at");
