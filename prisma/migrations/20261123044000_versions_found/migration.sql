-- AlterTable
ALTER TABLE "record_versions" DROP CONSTRAINT "record_versions_pkey",
DROP COLUMN "id",
ADD COLUMN     "id" UUID NOT NULL DEFAULT gen_random_uuid(),
ADD COLUMN     "quickbooks_id" TEXT,
ADD COLUMN     "refs" TEXT[],
ADD CONSTRAINT "record_versions_pkey" PRIMARY KEY ("id");

-- What the versions that are kept already hold.
UPDATE "record_versions" v SET "quickbooks_id" = v."row" ->> 'quickbooks_id', "refs" = ARRAY(
  SELECT DISTINCT field.value
  FROM (SELECT v."row" AS fields UNION ALL
        SELECT child.value FROM jsonb_each(v."children") list CROSS JOIN jsonb_array_elements(list.value) child) held
  CROSS JOIN jsonb_each_text(held.fields) field
  WHERE (field.key LIKE '%\_ref' OR field.key = 'target_quickbooks_id') AND field.value IS NOT NULL);

-- CreateIndex
CREATE INDEX "record_versions_connection_id_entity_quickbooks_id_valid_to_idx" ON "record_versions"("connection_id", "entity", "quickbooks_id", "valid_to");
