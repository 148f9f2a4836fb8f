-- AlterTable
ALTER TABLE "audit_entries" ADD COLUMN     "erasure_key" UUID,
ADD COLUMN     "intuit_tid" TEXT;

-- CreateIndex
CREATE INDEX "audit_entries_organization_id_subject_id_at_idx" ON "audit_entries"("organization_id", "subject_id", "at");

-- CreateIndex
CREATE INDEX "audit_entries_organization_id_actor_id_at_idx" ON "audit_entries"("organization_id", "actor_id", "at");

-- CreateIndex
CREATE INDEX "audit_entries_erasure_key_idx" ON "audit_entries"("erasure_key");

-- One spelling for what an entry is about: its name in GraphQL.
UPDATE "audit_entries" SET "subject_type" = 'ConnectedCompany' WHERE "subject_type" = 'connection';
UPDATE "audit_entries" SET "subject_type" = 'LocalChange' WHERE "subject_type" = 'localChange';

-- The audit is appended to, and nothing else: also where the application owns the table, and whoever replays changes into it.
CREATE FUNCTION refuse_changes_of_audit() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'Audit entries are never changed or removed: % of audit_entries is refused.', TG_OP
    USING ERRCODE = 'insufficient_privilege', HINT = 'Append an entry that corrects the earlier one.';
END;
$$;
CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_entries"
FOR EACH STATEMENT EXECUTE FUNCTION refuse_changes_of_audit();
ALTER TABLE "audit_entries" ENABLE ALWAYS TRIGGER audit_entries_append_only;
