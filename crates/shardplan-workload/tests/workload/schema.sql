-- The tables of the cases. `place.sql` says in words of Citus where they are.
CREATE TABLE stores (store_id bigint PRIMARY KEY, name text, category text);
CREATE TABLE products (
    store_id bigint NOT NULL, product_id bigint NOT NULL, name text, price numeric, country text,
    PRIMARY KEY (store_id, product_id));
CREATE TABLE orders (
    store_id bigint NOT NULL, order_id bigint NOT NULL, status text, note text, ordered_at timestamp, amount numeric, details jsonb,
    paid_at timestamptz, due date,
    PRIMARY KEY (store_id, order_id));
CREATE TABLE line_items (
    store_id bigint NOT NULL, line_item_id bigint NOT NULL, order_id bigint, product_id bigint, quantity bigint, line_amount numeric,
    PRIMARY KEY (store_id, line_item_id));
CREATE TABLE "Order Notes" ("Store Id" bigint NOT NULL, "Note Id" bigint NOT NULL, "Text" text, PRIMARY KEY ("Store Id", "Note Id"));
CREATE TABLE countries (code text PRIMARY KEY, name text);
CREATE TABLE settings (name text PRIMARY KEY, store_id bigint, value text);
CREATE TABLE visits (store_id bigint NOT NULL, day date NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE visits_2026 PARTITION OF visits FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE VIEW open_orders AS SELECT store_id, order_id, amount FROM orders WHERE status = 'open';
