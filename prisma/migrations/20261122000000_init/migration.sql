-- CreateEnum
CREATE TYPE "Role" AS ENUM ('VIEWER', 'OPERATOR', 'ADMIN');

-- CreateEnum
CREATE TYPE "Environment" AS ENUM ('SANDBOX', 'PRODUCTION', 'SIMULATOR');

-- CreateEnum
CREATE TYPE "ConnectionStatus" AS ENUM ('CONNECTED', 'REAUTHORIZATION_REQUIRED', 'DISCONNECTED');

-- CreateEnum
CREATE TYPE "SyncMode" AS ENUM ('FULL', 'INCREMENTAL', 'RECORDS', 'VERIFY');

-- CreateEnum
CREATE TYPE "SyncTrigger" AS ENUM ('SCHEDULE', 'MANUAL', 'WEBHOOK', 'CONNECT', 'RECOVERY');

-- CreateEnum
CREATE TYPE "SyncRunStatus" AS ENUM ('QUEUED', 'RUNNING', 'SUCCEEDED', 'PARTIAL', 'FAILED', 'CANCELLED', 'INTERRUPTED');

-- CreateEnum
CREATE TYPE "EntityPhase" AS ENUM ('WAITING', 'COUNTING', 'READING', 'CATCHING_UP', 'PROVING', 'DONE', 'FAILED', 'SKIPPED');

-- CreateEnum
CREATE TYPE "CompletenessProof" AS ENUM ('IDS_AND_COUNT', 'CHANGES', 'WINDOWS');

-- CreateEnum
CREATE TYPE "FailureStatus" AS ENUM ('OPEN', 'RESOLVED', 'DISMISSED');

-- CreateEnum
CREATE TYPE "RecordState" AS ENUM ('ACTIVE', 'INACTIVE', 'VOIDED', 'DELETED', 'MERGED');

-- CreateEnum
CREATE TYPE "RangeProperty" AS ENUM ('CREATE_TIME', 'LAST_UPDATED_TIME');

-- CreateTable
CREATE TABLE "organizations" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "organizations_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "members" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "subject" TEXT NOT NULL,
    "name" TEXT,
    "email" TEXT,
    "role" "Role" NOT NULL,
    "removed_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "members_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_entries" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "actor_kind" TEXT NOT NULL,
    "actor_id" UUID,
    "actor_name" TEXT,
    "action" TEXT NOT NULL,
    "subject_type" TEXT NOT NULL,
    "subject_id" TEXT,
    "before" JSONB,
    "after" JSONB,
    "request_id" TEXT,

    CONSTRAINT "audit_entries_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "gateway_facts" (
    "name" TEXT NOT NULL,
    "value" TEXT NOT NULL,

    CONSTRAINT "gateway_facts_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "accounts" (
    "id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "epoch" INTEGER NOT NULL,
    "quickbooks_id" TEXT,
    "sync_token" INTEGER,
    "state" "RecordState" NOT NULL,
    "created_in_quickbooks_at" TIMESTAMPTZ(3),
    "updated_in_quickbooks_at" TIMESTAMPTZ(3),
    "answered_at" TIMESTAMPTZ(3),
    "mirrored_at" TIMESTAMPTZ(3) NOT NULL,
    "version" INTEGER NOT NULL,
    "stale_since" TIMESTAMPTZ(3),
    "content_hash" BYTEA NOT NULL,
    "source_hash" BYTEA NOT NULL,
    "raw" JSONB NOT NULL,
    "name" TEXT NOT NULL,
    "fully_qualified_name" TEXT,
    "number" TEXT,
    "description" TEXT,
    "account_type" TEXT NOT NULL,
    "account_sub_type" TEXT,
    "classification" TEXT,
    "category" TEXT NOT NULL,
    "is_sub_account" BOOLEAN,
    "parent_ref" TEXT,
    "currency" TEXT,
    "current_balance" DECIMAL(28,8),
    "current_balance_with_sub_accounts" DECIMAL(28,8),

    CONSTRAINT "accounts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "connections" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "environment" "Environment" NOT NULL,
    "realm_id" TEXT NOT NULL,
    "realm_lookup" TEXT NOT NULL,
    "company_name" TEXT,
    "country" TEXT,
    "home_currency" TEXT,
    "time_zone" TEXT,
    "company_created_at" TIMESTAMPTZ(3),
    "status" "ConnectionStatus" NOT NULL,
    "is_paused" BOOLEAN NOT NULL DEFAULT false,
    "epoch" INTEGER NOT NULL DEFAULT 1,
    "entities" TEXT[],
    "transactions_since" DATE,
    "connected_at" TIMESTAMPTZ(3) NOT NULL,
    "disconnected_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "connections_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "quickbooks_tokens" (
    "connection_id" UUID NOT NULL,
    "access_token" TEXT NOT NULL,
    "refresh_token" TEXT NOT NULL,
    "access_token_expires_at" TIMESTAMPTZ(3) NOT NULL,
    "refresh_token_expires_at" TIMESTAMPTZ(3) NOT NULL,
    "refresh_token_ends_at" TIMESTAMPTZ(3),
    "generation" INTEGER NOT NULL,
    "refreshed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "quickbooks_tokens_pkey" PRIMARY KEY ("connection_id")
);

-- CreateTable
CREATE TABLE "connect_attempts" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "environment" "Environment" NOT NULL,
    "connection_id" UUID,
    "return_to" TEXT NOT NULL,
    "state_hash" TEXT NOT NULL,
    "state_used_at" TIMESTAMPTZ(3),
    "handle_hash" TEXT,
    "handle_used_at" TIMESTAMPTZ(3),
    "code" TEXT,
    "realm_id" TEXT,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "connect_attempts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_grants" (
    "id" BIGSERIAL NOT NULL,
    "connection_id" UUID NOT NULL,
    "granted_for" TIMESTAMPTZ(6) NOT NULL,
    "finished_at" TIMESTAMPTZ(6),

    CONSTRAINT "api_grants_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_limits" (
    "connection_id" UUID NOT NULL,
    "throttled_until" TIMESTAMPTZ(6),

    CONSTRAINT "api_limits_pkey" PRIMARY KEY ("connection_id")
);

-- CreateTable
CREATE TABLE "api_usage" (
    "connection_id" UUID NOT NULL,
    "month" DATE NOT NULL,
    "reads" INTEGER NOT NULL DEFAULT 0,
    "writes" INTEGER NOT NULL DEFAULT 0,
    "throttled_ms" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "api_usage_pkey" PRIMARY KEY ("connection_id","month")
);

-- CreateTable
CREATE TABLE "customers" (
    "id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "epoch" INTEGER NOT NULL,
    "quickbooks_id" TEXT,
    "sync_token" INTEGER,
    "state" "RecordState" NOT NULL,
    "created_in_quickbooks_at" TIMESTAMPTZ(3),
    "updated_in_quickbooks_at" TIMESTAMPTZ(3),
    "answered_at" TIMESTAMPTZ(3),
    "mirrored_at" TIMESTAMPTZ(3) NOT NULL,
    "version" INTEGER NOT NULL,
    "stale_since" TIMESTAMPTZ(3),
    "content_hash" BYTEA NOT NULL,
    "source_hash" BYTEA NOT NULL,
    "raw" JSONB NOT NULL,
    "display_name" TEXT NOT NULL,
    "fully_qualified_name" TEXT,
    "company_name" TEXT,
    "title" TEXT,
    "given_name" TEXT,
    "middle_name" TEXT,
    "family_name" TEXT,
    "suffix" TEXT,
    "print_on_check_name" TEXT,
    "primary_contact_name" TEXT,
    "primary_contact_email" TEXT,
    "primary_contact_phone" TEXT,
    "alternate_phone" TEXT,
    "mobile_phone" TEXT,
    "fax_number" TEXT,
    "website" TEXT,
    "business_address" JSONB,
    "shipping_address" JSONB,
    "notes" TEXT,
    "taxable" BOOLEAN,
    "resale_number" TEXT,
    "is_job" BOOLEAN,
    "is_project" BOOLEAN,
    "bill_with_parent" BOOLEAN,
    "level" INTEGER,
    "parent_ref" TEXT,
    "preferred_delivery" TEXT,
    "currency" TEXT,
    "balance" DECIMAL(28,8),
    "balance_with_jobs" DECIMAL(28,8),
    "credit_limit" DECIMAL(28,8),

    CONSTRAINT "customers_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "invoices" (
    "id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "epoch" INTEGER NOT NULL,
    "quickbooks_id" TEXT,
    "sync_token" INTEGER,
    "state" "RecordState" NOT NULL,
    "created_in_quickbooks_at" TIMESTAMPTZ(3),
    "updated_in_quickbooks_at" TIMESTAMPTZ(3),
    "answered_at" TIMESTAMPTZ(3),
    "mirrored_at" TIMESTAMPTZ(3) NOT NULL,
    "version" INTEGER NOT NULL,
    "stale_since" TIMESTAMPTZ(3),
    "content_hash" BYTEA NOT NULL,
    "source_hash" BYTEA NOT NULL,
    "raw" JSONB NOT NULL,
    "doc_number" TEXT,
    "txn_date" DATE NOT NULL,
    "due_date" DATE,
    "ship_date" DATE,
    "tracking_number" TEXT,
    "customer_ref" TEXT NOT NULL,
    "bill_email" TEXT,
    "billing_address" JSONB,
    "shipping_address" JSONB,
    "customer_memo" TEXT,
    "private_note" TEXT,
    "currency" TEXT,
    "exchange_rate" DECIMAL(38,16),
    "total_amount" DECIMAL(28,8) NOT NULL,
    "home_total_amount" DECIMAL(28,8),
    "balance" DECIMAL(28,8) NOT NULL,
    "home_balance" DECIMAL(28,8),
    "total_tax" DECIMAL(28,8),
    "deposit" DECIMAL(28,8),
    "deposit_to_account_ref" TEXT,
    "print_status" TEXT,
    "email_status" TEXT,

    CONSTRAINT "invoices_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "invoice_lines" (
    "record_id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "epoch" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    "group_position" INTEGER,
    "kind" TEXT NOT NULL,
    "line_id" TEXT,
    "detail_type" TEXT NOT NULL,
    "description" TEXT,
    "amount" DECIMAL(28,8),
    "currency" TEXT,
    "item_ref" TEXT,
    "account_ref" TEXT,
    "quantity" DECIMAL(38,16),
    "unit_price" DECIMAL(38,16),
    "tax_code" TEXT,
    "service_date" DATE,
    "is_percent_based" BOOLEAN,
    "discount_percent" DECIMAL(38,16),

    CONSTRAINT "invoice_lines_pkey" PRIMARY KEY ("record_id","position")
);

-- CreateTable
CREATE TABLE "items" (
    "id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "epoch" INTEGER NOT NULL,
    "quickbooks_id" TEXT,
    "sync_token" INTEGER,
    "state" "RecordState" NOT NULL,
    "created_in_quickbooks_at" TIMESTAMPTZ(3),
    "updated_in_quickbooks_at" TIMESTAMPTZ(3),
    "answered_at" TIMESTAMPTZ(3),
    "mirrored_at" TIMESTAMPTZ(3) NOT NULL,
    "version" INTEGER NOT NULL,
    "stale_since" TIMESTAMPTZ(3),
    "content_hash" BYTEA NOT NULL,
    "source_hash" BYTEA NOT NULL,
    "raw" JSONB NOT NULL,
    "name" TEXT NOT NULL,
    "fully_qualified_name" TEXT,
    "sku" TEXT,
    "type" TEXT NOT NULL,
    "description" TEXT,
    "purchase_description" TEXT,
    "unit_price" DECIMAL(38,16),
    "purchase_cost" DECIMAL(38,16),
    "taxable" BOOLEAN,
    "sales_tax_included" BOOLEAN,
    "tracks_quantity" BOOLEAN,
    "quantity_on_hand" DECIMAL(38,16),
    "reorder_point" DECIMAL(38,16),
    "inventory_start_date" DATE,
    "is_sub_item" BOOLEAN,
    "level" INTEGER,
    "parent_ref" TEXT,
    "income_account_ref" TEXT,
    "expense_account_ref" TEXT,
    "asset_account_ref" TEXT,

    CONSTRAINT "items_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "item_components" (
    "record_id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "epoch" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    "item_ref" TEXT NOT NULL,
    "quantity" DECIMAL(38,16),

    CONSTRAINT "item_components_pkey" PRIMARY KEY ("record_id","position")
);

-- CreateTable
CREATE TABLE "payments" (
    "id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "epoch" INTEGER NOT NULL,
    "quickbooks_id" TEXT,
    "sync_token" INTEGER,
    "state" "RecordState" NOT NULL,
    "created_in_quickbooks_at" TIMESTAMPTZ(3),
    "updated_in_quickbooks_at" TIMESTAMPTZ(3),
    "answered_at" TIMESTAMPTZ(3),
    "mirrored_at" TIMESTAMPTZ(3) NOT NULL,
    "version" INTEGER NOT NULL,
    "stale_since" TIMESTAMPTZ(3),
    "content_hash" BYTEA NOT NULL,
    "source_hash" BYTEA NOT NULL,
    "raw" JSONB NOT NULL,
    "txn_date" DATE NOT NULL,
    "reference_number" TEXT,
    "customer_ref" TEXT NOT NULL,
    "deposit_to_account_ref" TEXT,
    "payment_method_ref" TEXT,
    "private_note" TEXT,
    "currency" TEXT,
    "exchange_rate" DECIMAL(38,16),
    "total_amount" DECIMAL(28,8) NOT NULL,
    "unapplied_amount" DECIMAL(28,8) NOT NULL,

    CONSTRAINT "payments_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "payment_applications" (
    "record_id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "epoch" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    "amount" DECIMAL(28,8),
    "currency" TEXT,
    "target_type" TEXT NOT NULL,
    "target_quickbooks_id" TEXT NOT NULL,

    CONSTRAINT "payment_applications_pkey" PRIMARY KEY ("record_id","position")
);

-- CreateTable
CREATE TABLE "event_streams" (
    "name" TEXT NOT NULL,
    "last_number" BIGINT NOT NULL DEFAULT 0,
    "floor" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "event_streams_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "stream_events" (
    "stream" TEXT NOT NULL,
    "number" BIGINT NOT NULL,
    "kind" TEXT NOT NULL,
    "data" JSONB NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "stream_events_pkey" PRIMARY KEY ("stream","number")
);

-- CreateTable
CREATE TABLE "quickbooks_syncs" (
    "id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "epoch" INTEGER NOT NULL,
    "mode" "SyncMode" NOT NULL,
    "trigger" "SyncTrigger" NOT NULL,
    "status" "SyncRunStatus" NOT NULL,
    "is_dry_run" BOOLEAN NOT NULL DEFAULT false,
    "requested_by" JSONB,
    "entities" TEXT[],
    "transactions_from" DATE,
    "transactions_to" DATE,
    "bound" TIMESTAMPTZ(3),
    "queued_at" TIMESTAMPTZ(3) NOT NULL,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "cancelled_at" TIMESTAMPTZ(3),
    "throttled_until" TIMESTAMPTZ(3),
    "api_calls" INTEGER NOT NULL DEFAULT 0,
    "throttled_ms" INTEGER NOT NULL DEFAULT 0,
    "error_code" TEXT,
    "error_message" TEXT,
    "error_intuit_tid" TEXT,
    "lease_owner" BIGINT,
    "lease_until" TIMESTAMPTZ(3),
    "fence" INTEGER NOT NULL DEFAULT 0,
    "attempts" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "quickbooks_syncs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sync_run_entities" (
    "run_id" UUID NOT NULL,
    "entity" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "phase" "EntityPhase" NOT NULL,
    "expected" INTEGER,
    "read" INTEGER NOT NULL DEFAULT 0,
    "created" INTEGER NOT NULL DEFAULT 0,
    "updated" INTEGER NOT NULL DEFAULT 0,
    "unchanged" INTEGER NOT NULL DEFAULT 0,
    "removed" INTEGER NOT NULL DEFAULT 0,
    "conflicted" INTEGER NOT NULL DEFAULT 0,
    "failed" INTEGER NOT NULL DEFAULT 0,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "complete" BOOLEAN NOT NULL DEFAULT false,
    "proof" "CompletenessProof",

    CONSTRAINT "sync_run_entities_pkey" PRIMARY KEY ("run_id","entity")
);

-- CreateTable
CREATE TABLE "sync_ranges" (
    "run_id" UUID NOT NULL,
    "entity" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "property" "RangeProperty" NOT NULL,
    "from" TIMESTAMPTZ(3),
    "to" TIMESTAMPTZ(3),
    "cursor" TIMESTAMPTZ(3),
    "done" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "sync_ranges_pkey" PRIMARY KEY ("run_id","entity","number")
);

-- CreateTable
CREATE TABLE "sync_pages" (
    "id" BIGSERIAL NOT NULL,
    "run_id" UUID NOT NULL,
    "entity" TEXT NOT NULL,
    "range" INTEGER NOT NULL,
    "statement" TEXT NOT NULL,
    "ids" TEXT[],
    "committed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "sync_pages_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "record_failures" (
    "id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "epoch" INTEGER NOT NULL,
    "run_id" UUID NOT NULL,
    "entity" TEXT NOT NULL,
    "quickbooks_id" TEXT,
    "place" TEXT,
    "code" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "payload" TEXT,
    "status" "FailureStatus" NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 1,
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "record_failures_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "mirror_status" (
    "connection_id" UUID NOT NULL,
    "entity" TEXT NOT NULL,
    "epoch" INTEGER NOT NULL,
    "watermark" TIMESTAMPTZ(3),
    "transactions_since" DATE,
    "last_verified_at" TIMESTAMPTZ(3),

    CONSTRAINT "mirror_status_pkey" PRIMARY KEY ("connection_id","entity")
);

-- CreateTable
CREATE TABLE "mirror_counts" (
    "connection_id" UUID NOT NULL,
    "entity" TEXT NOT NULL,
    "state" "RecordState" NOT NULL,
    "records" INTEGER NOT NULL,

    CONSTRAINT "mirror_counts_pkey" PRIMARY KEY ("connection_id","entity","state")
);

-- CreateTable
CREATE TABLE "record_versions" (
    "id" BIGSERIAL NOT NULL,
    "connection_id" UUID NOT NULL,
    "entity" TEXT NOT NULL,
    "record_id" UUID NOT NULL,
    "version" INTEGER NOT NULL,
    "valid_from" TIMESTAMPTZ(3) NOT NULL,
    "valid_to" TIMESTAMPTZ(3) NOT NULL,
    "row" JSONB NOT NULL,
    "children" JSONB NOT NULL,

    CONSTRAINT "record_versions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "idempotency_keys" (
    "organization_id" UUID NOT NULL,
    "operation" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "request_hash" TEXT NOT NULL,
    "subject_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("organization_id","operation","key")
);

-- CreateIndex
CREATE UNIQUE INDEX "members_organization_id_subject_key" ON "members"("organization_id", "subject");

-- CreateIndex
CREATE INDEX "audit_entries_organization_id_at_id_idx" ON "audit_entries"("organization_id", "at", "id");

-- CreateIndex
CREATE INDEX "accounts_connection_id_mirrored_at_id_idx" ON "accounts"("connection_id", "mirrored_at", "id");

-- CreateIndex
CREATE INDEX "accounts_connection_id_updated_in_quickbooks_at_id_idx" ON "accounts"("connection_id", "updated_in_quickbooks_at", "id");

-- CreateIndex
CREATE INDEX "accounts_connection_id_name_id_idx" ON "accounts"("connection_id", "name", "id");

-- CreateIndex
CREATE INDEX "accounts_connection_id_account_type_id_idx" ON "accounts"("connection_id", "account_type", "id");

-- CreateIndex
CREATE INDEX "accounts_connection_id_category_id_idx" ON "accounts"("connection_id", "category", "id");

-- CreateIndex
CREATE INDEX "accounts_connection_id_parent_ref_name_id_idx" ON "accounts"("connection_id", "parent_ref", "name", "id");

-- CreateIndex
CREATE UNIQUE INDEX "accounts_connection_id_quickbooks_id_epoch_key" ON "accounts"("connection_id", "quickbooks_id", "epoch");

-- CreateIndex
CREATE INDEX "connections_organization_id_created_at_id_idx" ON "connections"("organization_id", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "connections_environment_realm_lookup_key" ON "connections"("environment", "realm_lookup");

-- CreateIndex
CREATE UNIQUE INDEX "connect_attempts_state_hash_key" ON "connect_attempts"("state_hash");

-- CreateIndex
CREATE UNIQUE INDEX "connect_attempts_handle_hash_key" ON "connect_attempts"("handle_hash");

-- CreateIndex
CREATE INDEX "connect_attempts_expires_at_idx" ON "connect_attempts"("expires_at");

-- CreateIndex
CREATE INDEX "api_grants_connection_id_granted_for_idx" ON "api_grants"("connection_id", "granted_for");

-- CreateIndex
CREATE INDEX "customers_connection_id_mirrored_at_id_idx" ON "customers"("connection_id", "mirrored_at", "id");

-- CreateIndex
CREATE INDEX "customers_connection_id_updated_in_quickbooks_at_id_idx" ON "customers"("connection_id", "updated_in_quickbooks_at", "id");

-- CreateIndex
CREATE INDEX "customers_connection_id_display_name_id_idx" ON "customers"("connection_id", "display_name", "id");

-- CreateIndex
CREATE INDEX "customers_connection_id_company_name_id_idx" ON "customers"("connection_id", "company_name", "id");

-- CreateIndex
CREATE INDEX "customers_connection_id_primary_contact_email_id_idx" ON "customers"("connection_id", "primary_contact_email", "id");

-- CreateIndex
CREATE INDEX "customers_connection_id_balance_id_idx" ON "customers"("connection_id", "balance", "id");

-- CreateIndex
CREATE INDEX "customers_connection_id_parent_ref_display_name_id_idx" ON "customers"("connection_id", "parent_ref", "display_name", "id");

-- CreateIndex
CREATE UNIQUE INDEX "customers_connection_id_quickbooks_id_epoch_key" ON "customers"("connection_id", "quickbooks_id", "epoch");

-- CreateIndex
CREATE INDEX "invoices_connection_id_mirrored_at_id_idx" ON "invoices"("connection_id", "mirrored_at", "id");

-- CreateIndex
CREATE INDEX "invoices_connection_id_updated_in_quickbooks_at_id_idx" ON "invoices"("connection_id", "updated_in_quickbooks_at", "id");

-- CreateIndex
CREATE INDEX "invoices_connection_id_txn_date_id_idx" ON "invoices"("connection_id", "txn_date", "id");

-- CreateIndex
CREATE INDEX "invoices_connection_id_due_date_id_idx" ON "invoices"("connection_id", "due_date", "id");

-- CreateIndex
CREATE INDEX "invoices_connection_id_doc_number_id_idx" ON "invoices"("connection_id", "doc_number", "id");

-- CreateIndex
CREATE INDEX "invoices_connection_id_balance_id_idx" ON "invoices"("connection_id", "balance", "id");

-- CreateIndex
CREATE INDEX "invoices_connection_id_customer_ref_txn_date_id_idx" ON "invoices"("connection_id", "customer_ref", "txn_date", "id");

-- CreateIndex
CREATE UNIQUE INDEX "invoices_connection_id_quickbooks_id_epoch_key" ON "invoices"("connection_id", "quickbooks_id", "epoch");

-- CreateIndex
CREATE INDEX "items_connection_id_mirrored_at_id_idx" ON "items"("connection_id", "mirrored_at", "id");

-- CreateIndex
CREATE INDEX "items_connection_id_updated_in_quickbooks_at_id_idx" ON "items"("connection_id", "updated_in_quickbooks_at", "id");

-- CreateIndex
CREATE INDEX "items_connection_id_name_id_idx" ON "items"("connection_id", "name", "id");

-- CreateIndex
CREATE INDEX "items_connection_id_sku_id_idx" ON "items"("connection_id", "sku", "id");

-- CreateIndex
CREATE INDEX "items_connection_id_type_id_idx" ON "items"("connection_id", "type", "id");

-- CreateIndex
CREATE INDEX "items_connection_id_parent_ref_name_id_idx" ON "items"("connection_id", "parent_ref", "name", "id");

-- CreateIndex
CREATE UNIQUE INDEX "items_connection_id_quickbooks_id_epoch_key" ON "items"("connection_id", "quickbooks_id", "epoch");

-- CreateIndex
CREATE INDEX "payments_connection_id_mirrored_at_id_idx" ON "payments"("connection_id", "mirrored_at", "id");

-- CreateIndex
CREATE INDEX "payments_connection_id_updated_in_quickbooks_at_id_idx" ON "payments"("connection_id", "updated_in_quickbooks_at", "id");

-- CreateIndex
CREATE INDEX "payments_connection_id_txn_date_id_idx" ON "payments"("connection_id", "txn_date", "id");

-- CreateIndex
CREATE INDEX "payments_connection_id_reference_number_id_idx" ON "payments"("connection_id", "reference_number", "id");

-- CreateIndex
CREATE INDEX "payments_connection_id_unapplied_amount_id_idx" ON "payments"("connection_id", "unapplied_amount", "id");

-- CreateIndex
CREATE INDEX "payments_connection_id_customer_ref_txn_date_id_idx" ON "payments"("connection_id", "customer_ref", "txn_date", "id");

-- CreateIndex
CREATE UNIQUE INDEX "payments_connection_id_quickbooks_id_epoch_key" ON "payments"("connection_id", "quickbooks_id", "epoch");

-- CreateIndex
CREATE INDEX "payment_applications_connection_id_target_quickbooks_id_tar_idx" ON "payment_applications"("connection_id", "target_quickbooks_id", "target_type");

-- CreateIndex
CREATE INDEX "quickbooks_syncs_connection_id_queued_at_id_idx" ON "quickbooks_syncs"("connection_id", "queued_at", "id");

-- CreateIndex
CREATE INDEX "quickbooks_syncs_status_queued_at_idx" ON "quickbooks_syncs"("status", "queued_at");

-- CreateIndex
CREATE INDEX "sync_pages_run_id_entity_idx" ON "sync_pages"("run_id", "entity");

-- CreateIndex
CREATE INDEX "record_failures_connection_id_last_seen_at_id_idx" ON "record_failures"("connection_id", "last_seen_at", "id");

-- CreateIndex
CREATE INDEX "record_failures_run_id_idx" ON "record_failures"("run_id");

-- CreateIndex
CREATE UNIQUE INDEX "record_failures_connection_id_epoch_entity_quickbooks_id_key" ON "record_failures"("connection_id", "epoch", "entity", "quickbooks_id");

-- CreateIndex
CREATE INDEX "record_versions_connection_id_entity_valid_to_idx" ON "record_versions"("connection_id", "entity", "valid_to");

-- CreateIndex
CREATE UNIQUE INDEX "record_versions_record_id_version_key" ON "record_versions"("record_id", "version");

-- CreateIndex
CREATE INDEX "idempotency_keys_created_at_idx" ON "idempotency_keys"("created_at");
