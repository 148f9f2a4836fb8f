-- CreateEnum
CREATE TYPE "ChangeKind" AS ENUM ('CREATED', 'UPDATED', 'REMOVED');

-- CreateTable
CREATE TABLE "entity_changes" (
    "id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "number" BIGINT NOT NULL,
    "entity" TEXT NOT NULL,
    "record_id" UUID NOT NULL,
    "kind" "ChangeKind" NOT NULL,
    "version" INTEGER NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "entity_changes_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "entity_changes_connection_id_number_key" ON "entity_changes"("connection_id", "number");

-- Numbers the changes of one save and tells the connection's followers of them (I12). The numbers' row stays locked until
-- the transaction ends, so they become visible in their order.
CREATE FUNCTION append_changes(connection uuid, entity_name text, changes jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  many bigint := jsonb_array_length(changes);
  last_given bigint;
BEGIN
  INSERT INTO event_streams (name, last_number) VALUES ('change-numbers:' || connection, many)
  ON CONFLICT (name) DO UPDATE SET last_number = event_streams.last_number + many
  RETURNING last_number INTO last_given;
  INSERT INTO entity_changes (id, connection_id, number, entity, record_id, kind, version, occurred_at)
  SELECT gen_random_uuid(), connection, last_given - many + c.place, entity_name, (c.change->>'recordId')::uuid,
    (c.change->>'kind')::"ChangeKind", (c.change->>'version')::integer, now()
  FROM jsonb_array_elements(changes) WITH ORDINALITY AS c(change, place);
  PERFORM append_event('changes:' || connection, 'CHANGED',
    jsonb_build_object('entity', entity_name, 'first', last_given - many + 1, 'last', last_given));
END;
$$;
