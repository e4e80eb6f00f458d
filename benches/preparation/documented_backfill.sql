-- The document's function for one batch: any rows that have no key yet, from the start of the table.
CREATE FUNCTION backfill_batch(batch_size bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  WITH batch AS (
    SELECT line_item_id, order_id FROM line_items WHERE store_id IS NULL LIMIT batch_size FOR UPDATE SKIP LOCKED
  )
  UPDATE line_items SET store_id = orders.store_id
  FROM batch, orders
  WHERE line_items.line_item_id = batch.line_item_id AND batch.order_id = orders.order_id;
END
$$;

-- The document has pg_cron call it every minute until a person sees that no row is left. This waits for nothing, and gives up
-- where the document would go on for ever: at three times the batches that the table needs.
CREATE PROCEDURE backfill_all(batch_size bigint) LANGUAGE plpgsql AS $$
DECLARE
  batches bigint := (SELECT 1000 + 3 * (reltuples::bigint / batch_size) FROM pg_class WHERE oid = 'line_items'::regclass);
BEGIN
  WHILE EXISTS (SELECT FROM line_items WHERE store_id IS NULL) LOOP
    PERFORM backfill_batch(batch_size);
    COMMIT;
    batches := batches - 1;
    IF batches < 0 THEN
      RAISE EXCEPTION 'rows are left that no batch fills';
    END IF;
  END LOOP;
END
$$;
