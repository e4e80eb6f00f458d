-- The document's statements for indexes and keys, in its order.
-- step: unique indexes
CREATE UNIQUE INDEX CONCURRENTLY orders_tmp_idx ON orders (store_id, order_id);
CREATE UNIQUE INDEX CONCURRENTLY products_tmp_idx ON products (store_id, product_id);
CREATE UNIQUE INDEX CONCURRENTLY line_items_tmp_idx ON line_items (store_id, line_item_id);

-- step: key of orders
BEGIN;
ALTER TABLE orders
  DROP CONSTRAINT orders_pkey CASCADE,
  ADD CONSTRAINT orders_pkey PRIMARY KEY USING INDEX orders_tmp_idx;
ALTER TABLE line_items
  ADD CONSTRAINT line_items_orders_fkey FOREIGN KEY (store_id, order_id) REFERENCES orders (store_id, order_id);
COMMIT;

-- step: key of products
BEGIN;
ALTER TABLE products
  DROP CONSTRAINT products_pkey CASCADE,
  ADD CONSTRAINT products_pkey PRIMARY KEY USING INDEX products_tmp_idx;
ALTER TABLE line_items
  ADD CONSTRAINT line_items_products_fkey FOREIGN KEY (store_id, product_id) REFERENCES products (store_id, product_id);
COMMIT;

-- step: key of line_items
BEGIN;
ALTER TABLE line_items
  DROP CONSTRAINT line_items_pkey,
  ADD CONSTRAINT line_items_pkey PRIMARY KEY USING INDEX line_items_tmp_idx;
ALTER TABLE line_items
  ADD CONSTRAINT line_items_store_id_fkey FOREIGN KEY (store_id) REFERENCES stores (store_id);
COMMIT;
