-- Appends an event to a stream and wakes its followers. The stream's row stays locked until the transaction ends, so
-- numbers become visible in their order (I12).
CREATE FUNCTION append_event(stream_name text, event_kind text, event_data jsonb) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  given bigint;
BEGIN
  INSERT INTO event_streams (name, last_number) VALUES (stream_name, 1)
  ON CONFLICT (name) DO UPDATE SET last_number = event_streams.last_number + 1
  RETURNING last_number INTO given;
  INSERT INTO stream_events (stream, number, kind, data, occurred_at)
  VALUES (stream_name, given, event_kind, event_data, clock_timestamp());
  PERFORM pg_notify('stream_events', stream_name);
  RETURN given;
END;
$$;

-- At most one run that reads a whole company is running per connection, whatever the number of workers (I5).
CREATE UNIQUE INDEX quickbooks_syncs_one_running ON quickbooks_syncs (connection_id)
WHERE status = 'RUNNING' AND mode <> 'RECORDS';
