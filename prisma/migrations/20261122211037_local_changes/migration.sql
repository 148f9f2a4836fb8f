-- CreateEnum
CREATE TYPE "LocalChangeStatus" AS ENUM ('PENDING', 'PUSHING', 'UNKNOWN', 'PUSHED', 'CONFLICT', 'REJECTED', 'CANCELLED');

-- CreateEnum
CREATE TYPE "WriteOperation" AS ENUM ('CREATE', 'UPDATE', 'DEACTIVATE', 'REACTIVATE', 'VOID', 'DELETE');

-- CreateEnum
CREATE TYPE "ConflictKind" AS ENUM ('FIELDS', 'DELETED_IN_QUICKBOOKS', 'VOIDED_IN_QUICKBOOKS');

-- CreateEnum
CREATE TYPE "ConflictStatus" AS ENUM ('OPEN', 'RESOLVED', 'IGNORED', 'SUPERSEDED');

-- AlterTable
ALTER TABLE "connections" ADD COLUMN     "books_closed_until" DATE,
ADD COLUMN     "is_multi_currency" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "policies" JSONB NOT NULL DEFAULT '[]';

-- CreateTable
CREATE TABLE "local_changes" (
    "id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "epoch" INTEGER NOT NULL,
    "entity" TEXT NOT NULL,
    "record_id" UUID NOT NULL,
    "number" BIGSERIAL NOT NULL,
    "operation" "WriteOperation" NOT NULL,
    "status" "LocalChangeStatus" NOT NULL,
    "edits" JSONB NOT NULL,
    "base_content" JSONB,
    "requested_by" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "generation" INTEGER NOT NULL DEFAULT 0,
    "request" JSONB,
    "first_sent_at" TIMESTAMPTZ(3),
    "last_sent_at" TIMESTAMPTZ(3),
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lease_owner" BIGINT,
    "lease_until" TIMESTAMPTZ(3),
    "fence" INTEGER NOT NULL DEFAULT 0,
    "error_code" TEXT,
    "error_message" TEXT,
    "error_intuit_tid" TEXT,

    CONSTRAINT "local_changes_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "conflicts" (
    "id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "epoch" INTEGER NOT NULL,
    "entity" TEXT NOT NULL,
    "record_id" UUID NOT NULL,
    "local_change_id" UUID NOT NULL,
    "number" BIGSERIAL NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "kind" "ConflictKind" NOT NULL,
    "status" "ConflictStatus" NOT NULL,
    "fields" JSONB NOT NULL,
    "record_version" INTEGER NOT NULL,
    "detected_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "assignee_id" UUID,
    "note" TEXT,
    "resolution" JSONB,
    "resolved_by" JSONB,
    "resolved_at" TIMESTAMPTZ(3),

    CONSTRAINT "conflicts_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "local_changes_number_key" ON "local_changes"("number");

-- CreateIndex
CREATE INDEX "local_changes_connection_id_number_idx" ON "local_changes"("connection_id", "number");

-- CreateIndex
CREATE INDEX "local_changes_record_id_number_idx" ON "local_changes"("record_id", "number");

-- CreateIndex
CREATE UNIQUE INDEX "conflicts_number_key" ON "conflicts"("number");

-- CreateIndex
CREATE INDEX "conflicts_connection_id_number_idx" ON "conflicts"("connection_id", "number");

-- CreateIndex
CREATE INDEX "conflicts_record_id_number_idx" ON "conflicts"("record_id", "number");

-- CreateIndex
CREATE INDEX "conflicts_local_change_id_idx" ON "conflicts"("local_change_id");

-- What is not settled yet: few among many. Each index serves one question: what is to be pushed, what stands before a record's newer
-- state, and how many conflicts wait.
CREATE INDEX "local_changes_unsettled" ON "local_changes"("connection_id", "number") WHERE "status" IN ('PENDING', 'PUSHING', 'UNKNOWN');
CREATE INDEX "local_changes_open" ON "local_changes"("record_id") WHERE "status" NOT IN ('PUSHED', 'CANCELLED');
CREATE INDEX "conflicts_open" ON "conflicts"("connection_id") WHERE "status" = 'OPEN';
-- A local change has one conflict at a time.
CREATE UNIQUE INDEX "conflicts_active" ON "conflicts"("local_change_id") WHERE "status" IN ('OPEN', 'IGNORED');
