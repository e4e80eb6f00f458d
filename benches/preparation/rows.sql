-- Rows with consistent tenants: order and product n belong to store 1 + n % stores, and a line item's product to the store of
-- its order. Numbers only, no random ones, so that every run is about the same rows.
INSERT INTO stores SELECT n, 'Store ' || n, 'toys' FROM generate_series(1, :stores) AS n;
INSERT INTO products SELECT n, 1 + n % :stores, 'Product ' || n, md5(n::text), 5 + n % 95 FROM generate_series(1, :products) AS n;
INSERT INTO orders SELECT n, 1 + n % :stores, 'Pending', md5(n::text), NULL, timestamp '2024-01-01' + n * interval '1 second'
FROM generate_series(1, :orders) AS n;
INSERT INTO line_items
SELECT n, CASE WHEN o % :stores = 0 THEN :stores ELSE o % :stores END + :stores * (n % (:products / :stores)), o, 1 + n % 4, 5 + n % 95
FROM (SELECT n, 1 + n % :orders AS o FROM generate_series(1, :line_items) AS n) AS line_item;
SELECT setval('stores_store_id_seq', :stores), setval('products_product_id_seq', :products),
       setval('orders_order_id_seq', :orders), setval('line_items_line_item_id_seq', :line_items);
VACUUM ANALYZE;
