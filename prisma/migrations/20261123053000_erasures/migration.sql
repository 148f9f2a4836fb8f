-- AlterTable
ALTER TABLE "audit_entries" ADD COLUMN     "erased_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "connections" ADD COLUMN     "erased_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "erasures" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "entity" TEXT,
    "record_id" UUID,
    "requested_by" JSONB NOT NULL,
    "requested_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),
    "removed" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "erasures_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "erased_records" (
    "connection_id" UUID NOT NULL,
    "epoch" INTEGER NOT NULL,
    "entity" TEXT NOT NULL,
    "quickbooks_id" TEXT NOT NULL,
    "erased_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "erased_records_pkey" PRIMARY KEY ("connection_id","epoch","entity","quickbooks_id")
);

-- CreateIndex
CREATE INDEX "erasures_connection_id_requested_at_idx" ON "erasures"("connection_id", "requested_at");

-- At most one erasure of a thing at a time; also how those that are open are found.
CREATE UNIQUE INDEX erasures_one_open ON erasures (connection_id, coalesce(record_id, connection_id)) WHERE finished_at IS NULL;

-- A note that somebody wrote to a failure may tell of a person too.
DROP TRIGGER audit_entries_append_only ON "audit_entries";
UPDATE "audit_entries" SET "erasure_key" = "subject_id"::uuid WHERE "subject_type" = 'RecordFailure' AND "subject_id" IS NOT NULL;

-- Nothing is removed, and of changes one alone is let through, once for each entry that has a key to erase by: its values are
-- emptied, and it says when.
CREATE TRIGGER audit_entries_append_only BEFORE DELETE OR TRUNCATE ON "audit_entries"
FOR EACH STATEMENT EXECUTE FUNCTION refuse_changes_of_audit();
ALTER TABLE "audit_entries" ENABLE ALWAYS TRIGGER audit_entries_append_only;

CREATE FUNCTION allow_erasure_of_audit() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  erasable text[] := ARRAY['before', 'after', 'erased_at'];
BEGIN
  IF OLD.erasure_key IS NOT NULL AND OLD.erased_at IS NULL
    AND NEW.erased_at IS NOT NULL AND NEW."before" IS NULL AND NEW."after" IS NULL
    AND to_jsonb(NEW) - erasable = to_jsonb(OLD) - erasable
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'Audit entries are never changed or removed: % of audit_entries is refused.', TG_OP
    USING ERRCODE = 'insufficient_privilege', HINT = 'Append an entry that corrects the earlier one.';
END;
$$;
CREATE TRIGGER audit_entries_erasure BEFORE UPDATE ON "audit_entries"
FOR EACH ROW EXECUTE FUNCTION allow_erasure_of_audit();
ALTER TABLE "audit_entries" ENABLE ALWAYS TRIGGER audit_entries_erasure;
