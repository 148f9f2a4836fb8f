-- CreateEnum
CREATE TYPE "WebhookEventStatus" AS ENUM ('PENDING', 'CLAIMED', 'DONE', 'FAILED', 'PARKED', 'IGNORED', 'UNREADABLE');

-- CreateTable
CREATE TABLE "quickbooks_webhook_events" (
    "id" UUID NOT NULL,
    "environment" "Environment" NOT NULL,
    "realm_lookup" TEXT,
    "connection_id" UUID,
    "entity" TEXT,
    "type" TEXT NOT NULL,
    "operation" TEXT NOT NULL,
    "quickbooks_id" TEXT,
    "deleted_id" TEXT,
    "event_time" TIMESTAMPTZ(3),
    "received_at" TIMESTAMPTZ(3) NOT NULL,
    "key" TEXT,
    "status" "WebhookEventStatus" NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL,
    "run_id" UUID,
    "reason" TEXT,
    "payload" TEXT NOT NULL,

    CONSTRAINT "quickbooks_webhook_events_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "quickbooks_webhook_events_key_key" ON "quickbooks_webhook_events"("key");

-- CreateIndex
CREATE INDEX "quickbooks_webhook_events_connection_id_received_at_id_idx" ON "quickbooks_webhook_events"("connection_id", "received_at", "id");

-- What waits to be applied, and what a run has claimed: looked for at every poke of a worker.
CREATE INDEX quickbooks_webhook_events_waiting ON quickbooks_webhook_events (connection_id, next_attempt_at)
WHERE status IN ('PENDING', 'FAILED');
CREATE INDEX quickbooks_webhook_events_claimed ON quickbooks_webhook_events (run_id) WHERE status = 'CLAIMED';

-- One run at a time applies a connection's notices, whatever the number of workers; what comes meanwhile waits for the next.
CREATE UNIQUE INDEX quickbooks_syncs_one_webhook ON quickbooks_syncs (connection_id)
WHERE trigger = 'WEBHOOK' AND status IN ('QUEUED', 'RUNNING');
