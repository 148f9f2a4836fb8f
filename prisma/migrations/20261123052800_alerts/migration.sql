-- CreateEnum
CREATE TYPE "AlertKind" AS ENUM ('ERROR_RATE', 'FRESHNESS', 'AUTHORIZATION_ENDING', 'AUTHORIZATION_LOST', 'QUOTA', 'WEBHOOK_SILENCE', 'STUCK_WORK');

-- CreateEnum
CREATE TYPE "AlertStatus" AS ENUM ('OPEN', 'RECOVERED');

-- CreateTable
CREATE TABLE "alerts" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "connection_id" UUID,
    "kind" "AlertKind" NOT NULL,
    "status" "AlertStatus" NOT NULL,
    "message" TEXT NOT NULL,
    "opened_at" TIMESTAMPTZ(3) NOT NULL,
    "recovered_at" TIMESTAMPTZ(3),
    "next_attempt_at" TIMESTAMPTZ(3),
    "attempts" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "alerts_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "alerts_organization_id_opened_at_id_idx" ON "alerts"("organization_id", "opened_at", "id");

-- CreateIndex
CREATE INDEX "quickbooks_syncs_finished_at_idx" ON "quickbooks_syncs"("finished_at");

-- Of a kind and a connection, or of the whole deployment, one alert is open at most.
CREATE UNIQUE INDEX "alerts_open" ON "alerts"("organization_id", "kind", "connection_id") NULLS NOT DISTINCT WHERE "status" = 'OPEN';
-- What the alert webhook is to be told: few among many.
CREATE INDEX "alerts_untold" ON "alerts"("next_attempt_at") WHERE "next_attempt_at" IS NOT NULL;
