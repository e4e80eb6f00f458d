-- Statements, each after the rule that it must meet.

-- bound-key
SELECT * FROM orders WHERE store_id = 5;
-- bound-key
SELECT * FROM orders WHERE store_id = $1 AND order_id = $2;
-- bound-key
SELECT * FROM orders WHERE store_id = ?;
-- bound-key
SELECT * FROM orders WHERE store_id = :store_id AND order_id = :order;
-- bound-key
SELECT * FROM orders WHERE 5 = store_id;
-- bound-key
SELECT * FROM orders WHERE store_id = 5::bigint;
-- bound-key
SELECT * FROM orders WHERE store_id = CAST($1 AS bigint);
-- bound-key
SELECT * FROM orders WHERE (store_id = 5) AND ((status = 'open'));
-- bound-key
SELECT * FROM orders WHERE store_id IN (5);
-- bound-key
SELECT * FROM orders WHERE store_id IN ($1);
-- bound-key
SELECT * FROM orders WHERE (store_id, order_id) = (5, 7);
-- bound-key
SELECT * FROM orders WHERE (store_id, order_id) IN ((5, 7), (5, 8));
-- bound-key
SELECT * FROM orders WHERE (store_id = 5 AND status = 'open') OR (store_id = 5 AND status = 'done');
-- bound-key
SELECT * FROM orders WHERE store_id = 5 AND (status = 'open' OR amount > 3);
-- bound-key
SELECT * FROM orders o WHERE o.store_id = 5;
-- bound-key
SELECT * FROM orders AS o (tenant, id) WHERE o.tenant = 5;
-- bound-key
SELECT * FROM public.orders WHERE public.orders.store_id = 5;
-- bound-key
SELECT * FROM ORDERS WHERE Store_Id = 5;
-- bound-key
SELECT "Text" FROM "Order Notes" WHERE "Store Id" = 5;
-- bound-key
SELECT n."Text" FROM public."Order Notes" n WHERE n."Store Id" = $1;
-- bound-key
SELECT * FROM open_orders WHERE store_id = 5;
-- bound-key
/* controller='orders',action='show' */ SELECT * FROM orders /* route:/orders/:id */ WHERE store_id = 5 -- traceparent='00-4bf92f'
;
-- bound-key
SELECT count(*), max(amount) FROM orders WHERE store_id = 5 GROUP BY status HAVING count(*) > 1 ORDER BY 1 LIMIT 3;
-- bound-key
SELECT status, count(*) FROM orders WHERE store_id = 5 GROUP BY ROLLUP (status);
-- bound-key
SELECT status, count(*) FROM orders WHERE store_id = 5 GROUP BY GROUPING SETS ((status), ());
-- bound-key
SELECT * FROM orders WHERE store_id = 5 FOR UPDATE;
-- bound-key
SELECT * FROM orders WHERE store_id = 5 ORDER BY order_id FOR UPDATE SKIP LOCKED LIMIT 1;
-- bound-key
SELECT DISTINCT ON (status) * FROM orders WHERE store_id = 5 ORDER BY status, ordered_at;
-- bound-key
SELECT order_id, row_number() OVER (ORDER BY ordered_at) FROM orders WHERE store_id = 5;
-- bound-key
SELECT details ->> 'a' FROM orders WHERE store_id = $1 AND details ? 'a';
-- bound-key
SELECT * FROM orders o JOIN line_items l ON l.store_id = o.store_id AND l.order_id = o.order_id WHERE o.store_id = 5;
-- bound-key
SELECT * FROM orders o JOIN line_items l USING (store_id, order_id) WHERE store_id = 5;
-- bound-key
SELECT * FROM orders NATURAL JOIN line_items WHERE store_id = 5;
-- bound-key
SELECT * FROM orders o, line_items l, products p WHERE o.store_id = l.store_id AND l.store_id = p.store_id AND p.store_id = $1;
-- bound-key
SELECT * FROM orders o LEFT JOIN line_items l ON l.store_id = o.store_id AND l.order_id = o.order_id WHERE o.store_id = 5;
-- bound-key
SELECT * FROM orders o LEFT JOIN line_items l ON l.store_id = o.store_id WHERE l.store_id = 5;
-- bound-key
SELECT * FROM line_items l RIGHT JOIN orders o ON l.store_id = o.store_id WHERE o.store_id = 5;
-- bound-key
SELECT * FROM orders o LEFT JOIN line_items l ON l.order_id = o.order_id AND l.store_id = 5 WHERE o.store_id = 5;
-- bound-key
SELECT * FROM orders o JOIN countries c ON c.code = o.note WHERE o.store_id = 5;
-- bound-key
SELECT * FROM orders o CROSS JOIN countries c WHERE o.store_id = 5;
-- bound-key
SELECT * FROM orders o JOIN line_items l ON l.order_id = o.order_id WHERE o.store_id = 5 AND l.store_id = 5;
-- same-value
SELECT * FROM orders o JOIN line_items l ON l.order_id = o.order_id WHERE o.store_id = $1 AND l.store_id = $2;
-- same-value
SELECT * FROM orders o, line_items l WHERE o.store_id = ? AND l.store_id = :store AND l.order_id = o.order_id;
-- same-value
SELECT * FROM orders o, line_items l WHERE o.store_id = ? AND l.store_id = ? AND l.order_id = o.order_id;
-- bound-key
SELECT * FROM orders WHERE store_id = 5 AND order_id IN (SELECT order_id FROM line_items WHERE store_id = 5);
-- bound-key
SELECT * FROM orders o WHERE o.store_id = 5 AND EXISTS (SELECT FROM line_items l WHERE l.store_id = o.store_id AND l.order_id = o.order_id);
-- bound-key
SELECT * FROM orders o WHERE o.store_id = 5 AND NOT EXISTS (SELECT 1 FROM line_items l WHERE l.store_id = o.store_id AND l.order_id = o.order_id);
-- bound-key
SELECT * FROM orders WHERE store_id IN (SELECT store_id FROM stores WHERE store_id = 5);
-- bound-key
SELECT * FROM (SELECT * FROM orders) o WHERE o.store_id = 5;
-- bound-key
SELECT * FROM (SELECT store_id, count(*) FROM orders GROUP BY store_id) o WHERE o.store_id = 5;
-- bound-key
SELECT * FROM (SELECT store_id AS tenant, count(*) FROM orders GROUP BY 1) o WHERE tenant = 5;
-- bound-key
SELECT * FROM (SELECT DISTINCT store_id, status FROM orders) o WHERE store_id = 5;
-- bound-key
SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY store_id ORDER BY amount) FROM orders) o WHERE store_id = 5;
-- bound-key
SELECT * FROM (SELECT * FROM orders WHERE store_id = 5 LIMIT 10) o;
-- bound-key
SELECT * FROM (SELECT store_id, order_id FROM orders UNION ALL SELECT store_id, line_item_id FROM line_items) u WHERE u.store_id = 5;
-- bound-key
SELECT order_id FROM orders WHERE store_id = 5 UNION SELECT line_item_id FROM line_items WHERE store_id = 5 ORDER BY 1;
-- bound-key
SELECT order_id FROM orders WHERE store_id = 5 INTERSECT SELECT order_id FROM line_items WHERE store_id = 5 EXCEPT SELECT product_id FROM products WHERE store_id = 5;
-- bound-key
WITH o AS (SELECT * FROM orders) SELECT * FROM o WHERE store_id = 5;
-- bound-key
WITH o AS (SELECT * FROM orders WHERE store_id = 5) SELECT * FROM o JOIN o AS other USING (order_id);
-- bound-key
WITH a AS (SELECT * FROM orders), b AS (SELECT * FROM a WHERE status = 'open'), c AS (SELECT store_id, order_id FROM b) SELECT * FROM c WHERE store_id = $1;
-- bound-key
WITH o AS MATERIALIZED (SELECT * FROM orders WHERE store_id = 5) SELECT * FROM o JOIN line_items l USING (order_id) WHERE l.store_id = 5;
-- bound-key
WITH RECURSIVE t AS (SELECT order_id FROM orders WHERE store_id = 5 AND order_id = 1 UNION ALL SELECT o.order_id FROM orders o JOIN t ON o.order_id = t.order_id + 1 WHERE o.store_id = 5) SELECT * FROM t;
-- bound-key
WITH moved AS (DELETE FROM orders WHERE store_id = 5 RETURNING *) SELECT count(*) FROM moved;
-- bound-key
SELECT * FROM orders o, LATERAL (SELECT * FROM line_items l WHERE l.store_id = o.store_id) l WHERE o.store_id = 5;
-- bound-key
SELECT * FROM stores s JOIN LATERAL (SELECT * FROM orders o WHERE o.store_id = 5 ORDER BY ordered_at LIMIT 3) o ON true WHERE s.store_id = 5;
-- bound-key
SELECT o.*, (SELECT count(*) FROM line_items l WHERE l.store_id = 5 AND l.order_id = o.order_id) FROM orders o WHERE o.store_id = 5;
-- bound-key
SELECT * FROM orders WHERE store_id = 5 AND amount > (SELECT avg(amount) FROM orders WHERE store_id = 5);
-- bound-key
EXPLAIN SELECT * FROM orders WHERE store_id = 5;
-- bound-key
UPDATE orders SET status = 'done' WHERE store_id = 5 AND order_id = 7;
-- bound-key
UPDATE orders SET status = $1, ordered_at = now() WHERE store_id = $2 AND order_id = $3 RETURNING order_id;
-- bound-key
UPDATE orders AS o SET store_id = store_id, status = 'x' WHERE o.store_id = 5;
-- bound-key
UPDATE orders o SET amount = l.line_amount FROM line_items l WHERE l.store_id = o.store_id AND l.order_id = o.order_id AND o.store_id = 5;
-- bound-key
UPDATE orders SET (status, note) = ('a', 'b') WHERE store_id = 5;
-- bound-key
DELETE FROM line_items WHERE store_id = 5 AND order_id = 7;
-- bound-key
DELETE FROM line_items l USING orders o WHERE o.store_id = l.store_id AND o.order_id = l.order_id AND l.store_id = 5 RETURNING l.*;
-- bound-key
DELETE FROM orders WHERE store_id = 5 AND order_id IN (SELECT order_id FROM orders WHERE store_id = 5 ORDER BY ordered_at LIMIT 10);
-- bound-key
INSERT INTO line_items (store_id, line_item_id, order_id) SELECT store_id, order_id + 1000, order_id FROM orders WHERE store_id = 5;
-- bound-key
MERGE INTO orders o USING line_items l ON o.store_id = l.store_id AND o.order_id = l.order_id AND l.store_id = 5 AND o.store_id = 5 WHEN MATCHED THEN UPDATE SET amount = l.line_amount;
-- bound-key
SELECT * FROM ONLY orders WHERE store_id = 5;
-- bound-key
SELECT o.* FROM orders o WHERE o.store_id = -5;
-- bound-key
SELECT * FROM orders o FULL JOIN line_items l ON l.store_id = o.store_id AND l.order_id = o.order_id WHERE o.store_id = 5 AND l.store_id = 5;
-- bound-key
SELECT * FROM orders WHERE store_id = ANY(ARRAY[5]);

-- one-row
INSERT INTO orders (store_id, order_id) VALUES (5, 1000);
-- one-row
INSERT INTO orders (store_id, order_id, status) VALUES ($1, $2, $3) RETURNING *;
-- one-row
INSERT INTO orders VALUES (5, 1000, 'open');
-- one-row
INSERT INTO orders (store_id, order_id) VALUES (5, 1000), (5, 1001), (5, 1002);
-- one-row
INSERT INTO orders (store_id, order_id, ordered_at, amount) VALUES (5, 1000, now(), random());
-- one-row
INSERT INTO orders (store_id, order_id) VALUES (5, 7) ON CONFLICT DO NOTHING;
-- one-row
INSERT INTO orders (store_id, order_id, status) VALUES (5, 7, 'x') ON CONFLICT (store_id, order_id) DO UPDATE SET status = EXCLUDED.status, amount = orders.amount + 1;
-- one-row
INSERT INTO orders AS o (store_id, order_id, status) VALUES (5, 7, 'x') ON CONFLICT (order_id, store_id) DO UPDATE SET status = EXCLUDED.status WHERE o.status <> 'x';
-- one-row
INSERT INTO "Order Notes" ("Store Id", "Note Id", "Text") VALUES (?, ?, ?);
-- one-row
INSERT INTO orders (store_id, order_id, status) VALUES (5, 7, 'x') ON CONFLICT ON CONSTRAINT orders_pkey DO NOTHING;

-- one-row
INSERT INTO orders (store_id, order_id) VALUES (5, 7) ON CONFLICT (store_id, order_id) DO UPDATE SET store_id = EXCLUDED.store_id;
-- one-row
INSERT INTO orders (store_id, order_id, note) OVERRIDING USER VALUE VALUES (5, 1000, U&'x');
-- one-row
INSERT INTO orders (store_id, order_id) VALUES (2 + 3, 1000);

-- no-distributed-table
SELECT * FROM countries WHERE code = 'de';
-- no-distributed-table
SELECT * FROM settings s JOIN countries c ON c.code = s.name FOR UPDATE;
-- no-distributed-table
SELECT 1;
-- no-distributed-table
UPDATE countries SET name = 'x' WHERE code = 'de';
-- no-distributed-table
INSERT INTO settings (name, store_id) VALUES ('b', 5);
-- no-distributed-table
INSERT INTO countries VALUES ('it', 'Italy') ON CONFLICT (code) DO UPDATE SET name = EXCLUDED.name;
-- no-distributed-table
SELECT name, count(*) FROM countries GROUP BY CUBE (name);
-- no-distributed-table
SELECT relname FROM pg_catalog.pg_class WHERE relkind = 'r';
-- no-distributed-table
DELETE FROM settings WHERE name = 'a' RETURNING *;
-- no-distributed-table
MERGE INTO settings s USING (VALUES ('a')) v (name) ON s.name = v.name WHEN MATCHED THEN DELETE;

-- bound-key
SELECT * FROM orders WHERE store_id = 5 FOR NO KEY UPDATE;
-- bound-key
SELECT * FROM orders WHERE store_id = 2 + 3;
-- bound-key
SELECT * FROM stores s JOIN open_orders o USING (store_id) WHERE s.store_id = 5;
-- bound-key
SELECT * FROM countries c LEFT JOIN orders o ON o.note = c.code AND o.store_id = 5;
-- bound-key
SELECT * FROM orders o JOIN settings s ON s.store_id = o.store_id WHERE s.store_id = 5;
-- bound-key
UPDATE orders o SET note = 'x' FROM settings s WHERE s.store_id = o.store_id AND o.store_id = 5;
-- bound-key
SELECT * FROM orders WHERE store_id = 5 AND order_id NOT IN (SELECT order_id FROM line_items l WHERE l.store_id = 5);
-- bound-key
INSERT INTO line_items (store_id, line_item_id) SELECT 5, order_id + 1000 FROM orders WHERE store_id = 5;

-- all-shards
TABLE orders;
-- all-shards
SELECT *, (SELECT count(*) FROM line_items l WHERE l.store_id = o.store_id) FROM orders o WHERE o.store_id = 5;
-- all-shards
SELECT * FROM stores s, LATERAL (SELECT * FROM orders o WHERE o.store_id = s.store_id LIMIT 1) x WHERE s.store_id = 5;
-- all-shards
SELECT * FROM orders WHERE store_id = current_setting('citus.shard_count')::bigint;
-- all-shards
SELECT * FROM orders o WHERE store_id = 5 OR EXISTS (SELECT FROM line_items l WHERE l.store_id = o.store_id);
-- all-shards
SELECT * FROM orders o LEFT JOIN line_items l ON o.store_id = l.store_id AND o.store_id = 5;
-- all-shards
SELECT * FROM (SELECT * FROM orders) o JOIN (SELECT * FROM line_items) l ON o.order_id = l.order_id;
-- all-shards
SELECT * FROM line_items l LEFT JOIN open_orders o ON o.order_id = l.order_id;
-- all-shards
WITH o AS (SELECT * FROM orders) SELECT * FROM line_items l JOIN o ON o.order_id = l.order_id;
-- all-shards
SELECT * FROM orders o JOIN products p USING (store_id) JOIN (SELECT order_id, sum(quantity) q FROM line_items GROUP BY 1) l ON o.order_id = l.order_id;
-- all-shards
SELECT * FROM orders WHERE order_id NOT IN (SELECT order_id FROM line_items);
-- all-shards
SELECT * FROM orders, countries;
-- all-shards
SELECT * FROM orders, settings;
-- all-shards
UPDATE orders o SET amount = (SELECT sum(line_amount) FROM line_items l WHERE l.order_id = o.order_id AND l.store_id = o.store_id);
-- all-shards
UPDATE settings s SET value = 'x' FROM orders o WHERE s.store_id = o.store_id;
-- all-shards
INSERT INTO orders (store_id, order_id) SELECT store_id, line_item_id + 1000 FROM line_items UNION ALL SELECT store_id, product_id + 2000 FROM products;
-- all-shards
INSERT INTO countries SELECT 'n' || order_id, 'x' FROM orders;
-- all-shards
SELECT status FROM orders GROUP BY status HAVING count(*) > (SELECT count(*) FROM line_items);
-- all-shards
SELECT status, count(*) FROM orders GROUP BY status ORDER BY (SELECT max(quantity) FROM line_items);
-- all-shards
SELECT * FROM orders o WHERE EXISTS (SELECT 1 FROM line_items l WHERE l.store_id = o.store_id UNION SELECT 1 FROM products p WHERE p.store_id = o.store_id);
-- all-shards
MERGE INTO orders o USING (SELECT store_id, max(order_id) order_id FROM line_items GROUP BY 1) l ON o.store_id = l.store_id AND o.order_id = l.order_id WHEN MATCHED THEN DELETE;
-- all-shards
SELECT * FROM orders o JOIN (VALUES (5), (6)) v (x) ON o.store_id = v.x;
-- all-shards
SELECT * FROM orders o JOIN unnest(ARRAY[5, 6]::bigint[]) v (x) ON o.store_id = v.x;
-- all-shards
SELECT * FROM generate_series(1, 3) v (x) LEFT JOIN orders o ON o.store_id = v.x;
-- all-shards
SELECT (SELECT count(*) FROM orders);
-- all-shards
SELECT order_id FROM orders INTERSECT SELECT order_id FROM line_items;
-- all-shards
UPDATE orders SET status = 'x' WHERE ctid = '(0,1)';
-- all-shards
UPDATE orders SET status = 'y' WHERE order_id IN (SELECT order_id FROM orders LIMIT 3);
-- all-shards
INSERT INTO line_items (store_id, line_item_id) SELECT store_id, (random() * 100000)::bigint FROM orders;
-- all-shards
SELECT o.*, (SELECT l.quantity FROM line_items l WHERE l.store_id = o.store_id ORDER BY l.line_item_id LIMIT 1) FROM orders o;
-- all-shards
SELECT * FROM stores s WHERE EXISTS (SELECT FROM orders o WHERE o.store_id = s.store_id AND EXISTS (SELECT FROM line_items l WHERE l.store_id = s.store_id AND l.order_id = o.order_id));
-- all-shards
WITH c AS (SELECT * FROM orders) SELECT * FROM c WHERE EXISTS (SELECT FROM line_items l WHERE l.store_id = c.store_id);
-- all-shards
SELECT * FROM orders;
-- all-shards
SELECT count(*) FROM orders WHERE status = 'open';
-- all-shards
SELECT * FROM orders WHERE store_id > 5;
-- all-shards
SELECT * FROM orders WHERE store_id <> 5;
-- all-shards
SELECT * FROM orders WHERE NOT store_id = 5;
-- all-shards
SELECT * FROM orders WHERE store_id + 0 = 5;
-- all-shards
SELECT * FROM orders WHERE store_id IS NULL;
-- all-shards
SELECT * FROM orders WHERE store_id = 5 OR status = 'open';
-- all-shards
SELECT * FROM orders o JOIN line_items l ON l.store_id = o.store_id AND l.order_id = o.order_id WHERE o.status = 'open';
-- all-shards
SELECT * FROM orders o LEFT JOIN line_items l USING (store_id) WHERE o.status = 'open';
-- all-shards
SELECT * FROM orders o FULL JOIN line_items l USING (store_id, order_id);
-- all-shards
SELECT * FROM orders o JOIN settings s ON s.name = o.note;
-- all-shards
SELECT * FROM orders o JOIN countries c ON c.code = o.note ORDER BY c.name LIMIT 10;
-- all-shards
SELECT * FROM countries c LEFT JOIN orders o ON o.note = c.code;
-- all-shards
SELECT status, count(DISTINCT store_id) FROM orders GROUP BY status ORDER BY 2 DESC;
-- all-shards
SELECT *, rank() OVER (PARTITION BY status ORDER BY amount) FROM orders;
-- all-shards
SELECT * FROM (SELECT * FROM orders ORDER BY ordered_at LIMIT 10) o WHERE o.store_id = 5;
-- all-shards
SELECT * FROM (SELECT status, count(*) FROM orders GROUP BY status) o JOIN line_items l ON l.quantity = o.count;
-- all-shards
SELECT * FROM orders WHERE order_id IN (SELECT order_id FROM line_items WHERE quantity > 3);
-- all-shards
SELECT * FROM orders o WHERE EXISTS (SELECT FROM line_items l WHERE l.store_id = o.store_id AND l.order_id = o.order_id);
-- all-shards
SELECT o.*, (SELECT count(*) FROM line_items l WHERE l.store_id = o.store_id AND l.order_id = o.order_id) FROM orders o;
-- all-shards
SELECT * FROM stores s, LATERAL (SELECT * FROM orders o WHERE o.store_id = s.store_id ORDER BY ordered_at LIMIT 3) o;
-- all-shards
SELECT order_id FROM orders UNION SELECT line_item_id FROM line_items;
-- all-shards
WITH o AS (SELECT * FROM orders), l AS (SELECT * FROM line_items) SELECT count(*) FROM o JOIN l USING (order_id);
-- all-shards
WITH o AS MATERIALIZED (SELECT * FROM orders) SELECT * FROM o WHERE store_id = 5;
-- all-shards
SELECT * FROM open_orders WHERE amount > 3;
-- all-shards
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY amount) FROM orders;
-- all-shards
SELECT * FROM orders TABLESAMPLE BERNOULLI (10);
-- all-shards
UPDATE orders SET status = 'done' WHERE status = 'open';
-- all-shards
UPDATE orders SET ordered_at = now() WHERE status = 'open';
-- all-shards
UPDATE orders SET amount = amount * 2;
-- all-shards
UPDATE orders o SET amount = l.line_amount FROM line_items l WHERE l.store_id = o.store_id AND l.order_id = o.order_id;
-- all-shards
DELETE FROM orders WHERE ordered_at < $1;
-- all-shards
DELETE FROM orders WHERE order_id IN (SELECT order_id FROM line_items WHERE quantity = 0);
-- all-shards
INSERT INTO line_items (store_id, line_item_id) SELECT store_id, order_id + 1000 FROM orders;
-- all-shards
INSERT INTO settings (name) SELECT status || order_id FROM orders;
-- all-shards
MERGE INTO orders o USING line_items l ON o.store_id = l.store_id AND o.order_id = l.order_id WHEN MATCHED THEN UPDATE SET amount = l.line_amount WHEN NOT MATCHED THEN INSERT (store_id, order_id) VALUES (l.store_id, l.order_id);
-- all-shards
SELECT "Text" FROM "Order Notes";
-- all-shards
SELECT * FROM settings s, orders o WHERE s.store_id = o.store_id AND s.name = 'a';
-- all-shards
SELECT * FROM orders WHERE store_id = (SELECT store_id FROM settings WHERE name = 'a');
-- all-shards
SELECT * FROM orders WHERE store_id NOT IN (5, 6);
-- all-shards
SELECT * FROM orders o WHERE o.store_id BETWEEN 5 AND 5;

-- several-values
SELECT * FROM orders WHERE store_id IN (5, 6);
-- several-values
SELECT * FROM orders WHERE store_id IN ($1, $2, $3);
-- several-values
SELECT * FROM orders WHERE store_id = ANY($1);
-- several-values
SELECT * FROM orders WHERE store_id = 5 OR store_id = 6;
-- several-values
SELECT order_id FROM orders WHERE store_id = 5 UNION ALL SELECT line_item_id FROM line_items WHERE store_id = 6;
-- several-values
DELETE FROM orders WHERE store_id IN (5, 6);

-- several-rows
INSERT INTO orders (store_id, order_id) VALUES (5, 1000), (6, 1001);
-- several-rows
INSERT INTO orders (store_id, order_id) VALUES ($1, $2), ($3, $4);
-- several-rows
COPY orders (store_id, order_id) FROM STDIN;

-- insert-without-key
INSERT INTO line_items (line_item_id, order_id) VALUES (1000, 7);
-- insert-without-key
INSERT INTO line_items (store_id, line_item_id) VALUES (NULL, 1000);
-- insert-without-key
INSERT INTO line_items (store_id, line_item_id) VALUES (DEFAULT, 1000);
-- insert-without-key
INSERT INTO line_items (line_item_id, order_id) SELECT order_id, order_id FROM orders WHERE store_id = 5;
-- insert-without-key
INSERT INTO line_items (line_item_id) VALUES ($1) RETURNING line_item_id;
-- insert-without-key
COPY line_items (line_item_id, order_id) FROM STDIN;
-- merge-insert-without-key
MERGE INTO orders o USING line_items l ON o.store_id = l.store_id AND o.order_id = l.order_id WHEN NOT MATCHED THEN INSERT (order_id) VALUES (l.order_id);

-- conflict-target
INSERT INTO orders (store_id, order_id) VALUES (5, 7) ON CONFLICT (order_id) DO NOTHING;
-- conflict-target
INSERT INTO orders (store_id, order_id, status) VALUES ($1, $2, $3) ON CONFLICT (order_id) DO UPDATE SET status = EXCLUDED.status;

-- lookup-by-old-key
SELECT * FROM orders WHERE order_id = 7;
-- lookup-by-old-key
UPDATE line_items SET quantity = 2 WHERE line_item_id = $1;
-- lookup-by-old-key
DELETE FROM products WHERE product_id = :id;
-- lookup-by-old-key
SELECT * FROM orders o JOIN line_items l ON l.store_id = o.store_id AND l.order_id = o.order_id WHERE o.order_id = 7;

-- lookup-by-old-key
SELECT * FROM orders WHERE order_id IN (7, 8);
-- lookup-by-old-key
SELECT * FROM orders WHERE order_id = ANY('{7,8}'::bigint[]);
-- lookup-by-old-key
SELECT * FROM orders WHERE order_id = 7 OR order_id = 8 OR order_id IN (9, 10);
-- lookup-by-old-key
UPDATE orders SET status = 'x' WHERE order_id IN (7, 8);
-- lookup-by-old-key
SELECT * FROM (SELECT * FROM orders) o WHERE o.order_id IN (7, 8);
-- lookup-by-old-key
SELECT * FROM orders WHERE store_id IN (5, 6) AND order_id IN (7, 8);
-- page-by-old-key
SELECT * FROM orders WHERE order_id > 7 ORDER BY order_id LIMIT 20;
-- search-by-old-key
SELECT * FROM orders WHERE 7 <= order_id;
-- search-by-old-key
DELETE FROM orders WHERE order_id BETWEEN 7 AND 9;
-- page-by-old-key
SELECT * FROM orders WHERE (order_id, status) > (7, 'x') ORDER BY order_id, status LIMIT 20;
-- search-by-old-key
SELECT * FROM orders ORDER BY order_id DESC LIMIT 1;
-- search-by-old-key
SELECT * FROM orders WHERE order_id < (SELECT max(line_item_id) FROM line_items);
-- bound-key
SELECT * FROM orders WHERE store_id = 5 AND order_id > 7 ORDER BY order_id LIMIT 20;
-- all-shards
SELECT * FROM orders WHERE order_id NOT BETWEEN 7 AND 9 OR order_id = 7;
-- all-shards
SELECT * FROM orders WHERE status = 'open' ORDER BY order_id LIMIT 20;
-- all-shards
SELECT * FROM orders WHERE order_id = 7 OR status = 'open';
-- all-shards
SELECT * FROM orders WHERE order_id <> 7 AND NOT order_id IN (8, 9);

-- update-key
UPDATE orders SET store_id = 6 WHERE store_id = 5;
-- update-key
UPDATE orders SET store_id = store_id + 1;
-- update-key
INSERT INTO orders (store_id, order_id) VALUES (5, 7) ON CONFLICT (store_id, order_id) DO UPDATE SET store_id = 6;

-- query-in-values
INSERT INTO orders (store_id, order_id) VALUES (5, (SELECT max(order_id) + 1 FROM orders WHERE store_id = 5));

-- conflict-function
INSERT INTO orders (store_id, order_id) VALUES (5, 7) ON CONFLICT (store_id, order_id) DO UPDATE SET ordered_at = now();
-- conflict-function
INSERT INTO orders (store_id, order_id) VALUES (5, 7) ON CONFLICT (store_id, order_id) DO UPDATE SET status = 'x' WHERE orders.ordered_at < now();

-- volatile-write
UPDATE orders SET amount = random() WHERE store_id = 5;
-- volatile-write
DELETE FROM orders WHERE amount < random();
-- volatile-write
UPDATE orders SET note = gen_random_uuid()::text WHERE store_id = 5;
-- volatile-write
UPDATE countries SET name = random()::text;

-- stable-write
UPDATE orders SET note = concat('a', order_id);
-- stable-write
UPDATE orders SET note = concat('a', order_id) WHERE store_id = 5;
-- stable-write
UPDATE countries SET name = concat(name, code);
-- stable-write
UPDATE orders SET note = to_char(ordered_at, 'YYYY') WHERE status = 'open';

-- row-lock
SELECT * FROM orders WHERE status = 'open' FOR UPDATE;
-- row-lock
SELECT * FROM orders WHERE store_id IN (5, 6) FOR SHARE;
-- row-lock
SELECT order_id FROM orders ORDER BY ordered_at LIMIT 10 FOR UPDATE SKIP LOCKED;

-- join-repartitioned
SELECT * FROM orders o JOIN line_items l ON l.order_id = o.order_id;
-- join-repartitioned
SELECT * FROM orders o, line_items l WHERE l.order_id = o.order_id AND o.store_id = 5;
-- join-repartitioned
SELECT * FROM orders JOIN line_items USING (order_id);

-- join-not-by-key
SELECT * FROM orders o LEFT JOIN line_items l ON l.order_id = o.order_id;
-- join-not-by-key
SELECT * FROM orders o WHERE EXISTS (SELECT FROM line_items l WHERE l.order_id = o.order_id);
-- join-not-by-key
SELECT o.*, (SELECT count(*) FROM line_items l WHERE l.order_id = o.order_id) FROM orders o;
-- join-not-by-key
SELECT * FROM orders o, LATERAL (SELECT * FROM line_items l WHERE l.order_id = o.order_id LIMIT 1) l;
-- join-not-by-key
UPDATE orders o SET amount = l.line_amount FROM line_items l WHERE l.order_id = o.order_id;
-- join-not-by-key
DELETE FROM line_items l USING orders o WHERE o.order_id = l.order_id AND o.status = 'x';

-- join-by-expression
SELECT * FROM orders o JOIN line_items l ON l.store_id = o.store_id + 1;
-- join-by-expression
SELECT * FROM orders o JOIN line_items l ON l.store_id = o.store_id OR l.order_id = o.order_id;
-- join-by-expression
SELECT * FROM orders a JOIN orders b ON a.order_id = b.order_id + 1;
-- join-by-expression
SELECT * FROM orders o JOIN line_items l ON o.amount < l.quantity;
-- join-repartitioned
SELECT * FROM orders a JOIN orders b ON a.order_id = b.order_id;
-- join-repartitioned
SELECT * FROM orders o JOIN line_items l ON o.order_id = l.order_id AND o.amount < l.quantity;
-- join-repartitioned
SELECT * FROM orders o JOIN line_items l USING (store_id) JOIN products p ON p.product_id = l.product_id;
-- join-repartitioned
SELECT * FROM orders o, LATERAL (SELECT * FROM line_items l WHERE l.order_id = o.order_id) l;

-- join-not-by-key
SELECT * FROM orders o JOIN line_items l USING (store_id) LEFT JOIN products p ON p.product_id = l.product_id;
-- join-not-by-key
UPDATE orders o SET amount = (SELECT sum(line_amount) FROM line_items l WHERE l.order_id = o.order_id);
-- join-not-by-key
SELECT status, count(*) FROM orders o GROUP BY status ORDER BY (SELECT max(quantity) FROM line_items l WHERE l.order_id = max(o.order_id));
-- cross-join
SELECT * FROM orders, line_items;
-- cross-join
SELECT * FROM orders CROSS JOIN line_items WHERE orders.status = 'open';

-- local-in-subquery
SELECT * FROM orders o WHERE EXISTS (SELECT FROM settings s WHERE s.store_id = o.store_id);
-- local-in-subquery
SELECT *, (SELECT value FROM settings s WHERE s.store_id = o.store_id LIMIT 1) FROM orders o;
-- local-in-subquery
SELECT * FROM settings s WHERE EXISTS (SELECT FROM orders o WHERE o.store_id = s.store_id);

-- local-in-subquery
UPDATE orders o SET note = (SELECT value FROM settings s WHERE s.store_id = o.store_id);
-- local-in-subquery
DELETE FROM settings s WHERE EXISTS (SELECT FROM orders o WHERE s.store_id = o.store_id);
-- function-outside
SELECT * FROM generate_series(1, 3) v (x) WHERE EXISTS (SELECT FROM orders o WHERE o.store_id = v.x);
-- reference-outside
SELECT * FROM countries c WHERE EXISTS (SELECT FROM orders o WHERE o.note = c.code);
-- reference-outside
SELECT *, (SELECT count(*) FROM orders o WHERE o.note = c.code) FROM countries c;

-- lateral-limit
SELECT * FROM countries c, LATERAL (SELECT * FROM orders o WHERE o.note = c.code LIMIT 1) o;

-- grouping-sets
SELECT status, count(*) FROM orders GROUP BY ROLLUP (status);
-- grouping-sets
SELECT * FROM (SELECT status, count(*) FROM orders GROUP BY CUBE (status)) x;
-- row-lock
SELECT * FROM (SELECT order_id FROM orders WHERE status = 'x' LIMIT 3 FOR UPDATE) x;
-- row-lock
WITH x AS (SELECT order_id FROM orders LIMIT 3 FOR UPDATE SKIP LOCKED) UPDATE orders o SET status = 'y' FROM x WHERE x.order_id = o.order_id;
-- grouping-sets
SELECT status, note, count(*) FROM orders GROUP BY GROUPING SETS ((status), (note));

-- recursive-query
WITH RECURSIVE t AS (SELECT order_id FROM orders WHERE order_id = 1 UNION ALL SELECT o.order_id FROM orders o JOIN t ON o.order_id = t.order_id + 1) SELECT * FROM t;

-- query-in-having
SELECT status FROM orders o GROUP BY status HAVING count(*) > (SELECT count(*) FROM line_items l WHERE l.order_id = max(o.order_id));

-- by-ctid
DELETE FROM orders WHERE ctid IN (SELECT ctid FROM orders WHERE status = 'x' LIMIT 10);

-- by-cursor
UPDATE orders SET status = 'x' WHERE CURRENT OF c;
-- reference-by-distributed
UPDATE countries SET name = 'x' WHERE code IN (SELECT note FROM orders WHERE store_id = 5);
-- all-shards
DELETE FROM countries WHERE code IN (SELECT note FROM orders);
-- reference-joined
UPDATE countries c SET name = 'x' FROM orders o WHERE o.note = c.code;

-- merge-from-values
MERGE INTO orders o USING (VALUES (5, 7)) v (store_id, order_id) ON o.store_id = v.store_id AND o.order_id = v.order_id WHEN MATCHED THEN DELETE;
-- merge-from-local
MERGE INTO orders o USING settings s ON o.store_id = s.store_id WHEN MATCHED THEN DELETE;
-- merge-into-local
MERGE INTO settings s USING orders o ON o.store_id = s.store_id WHEN MATCHED THEN DELETE;
-- merge-into-reference
MERGE INTO countries c USING orders o ON o.note = c.code WHEN MATCHED THEN DELETE;
-- merge-key
MERGE INTO orders o USING line_items l ON o.store_id = l.store_id AND o.order_id = l.order_id WHEN MATCHED THEN UPDATE SET store_id = l.store_id + 1;
-- merge-without-key
MERGE INTO orders o USING line_items l ON o.order_id = l.order_id WHEN MATCHED THEN DELETE;
-- merge-without-key
MERGE INTO orders o USING countries c ON o.note = c.code WHEN MATCHED THEN DELETE;
-- merge-function
MERGE INTO orders o USING line_items l ON o.store_id = l.store_id AND o.order_id = l.order_id WHEN NOT MATCHED THEN INSERT (store_id, order_id, amount) VALUES (l.store_id, l.order_id, random());

-- command
TRUNCATE orders;
-- command
TRUNCATE ONLY orders, line_items RESTART IDENTITY;
-- command
LOCK TABLE orders IN EXCLUSIVE MODE;
-- command
/* by a tool */ -- and a person
CREATE INDEX ON orders (order_id, status) WHERE status = 'open';
-- command
CREATE UNIQUE INDEX ON orders (store_id, lower(status), order_id);
-- command
ALTER TABLE orders ADD COLUMN discount numeric DEFAULT 0, DROP COLUMN note;
-- command
ALTER TABLE orders ADD CONSTRAINT positive CHECK (amount > 0) NOT VALID;
-- command
ALTER TABLE line_items ALTER COLUMN line_amount TYPE double precision;
-- command
ALTER TABLE orders ALTER COLUMN status SET DEFAULT 'new';
-- command
ALTER TABLE orders RENAME COLUMN note TO remark;
-- command
ALTER TABLE orders RENAME TO old_orders;
-- command
ALTER TABLE orders SET (fillfactor = 90);
-- command
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
-- command
ALTER TABLE orders ADD CONSTRAINT once UNIQUE (order_id, store_id);
-- command
ALTER TABLE line_items ADD CONSTRAINT l_o FOREIGN KEY (store_id, order_id) REFERENCES orders (store_id, order_id) NOT VALID;
-- command
ALTER TABLE orders ADD CONSTRAINT o_c FOREIGN KEY (note) REFERENCES countries ON DELETE SET NULL;
-- command
ALTER TABLE countries ADD COLUMN continent text;
-- command
CREATE POLICY mine ON orders USING (store_id > 0);
-- command
DROP TABLE line_items;
-- command
COMMENT ON TABLE orders IS 'what was ordered';
-- command
GRANT SELECT ON orders TO PUBLIC;
-- command
ANALYZE orders (store_id);
-- command
REINDEX TABLE orders;
-- no-distributed-table
ALTER TABLE settings ALTER COLUMN value SET STATISTICS 100;
-- no-distributed-table
CREATE UNIQUE INDEX ON settings (store_id);
-- bound-key
DO $$ BEGIN UPDATE orders SET status = 'x' WHERE store_id = 5; PERFORM count(*) FROM line_items WHERE store_id = 5; END $$;
-- update-key
DO $$ DECLARE s bigint := 5; BEGIN UPDATE orders SET store_id = 6 WHERE store_id = s; END $$;
-- alter-unsupported
ALTER TABLE orders ALTER COLUMN status SET STATISTICS 100;
-- alter-unsupported
ALTER TABLE countries ALTER COLUMN name SET STORAGE EXTERNAL;
-- alter-with-constraint
ALTER TABLE orders ADD CONSTRAINT positive CHECK (amount > 0), ADD COLUMN discount numeric;
-- alter-key
ALTER TABLE line_items ALTER COLUMN store_id TYPE int;
-- alter-key
ALTER TABLE line_items DROP COLUMN store_id;
-- rename-constraint
ALTER TABLE orders RENAME CONSTRAINT orders_pkey TO orders_key;
-- add-column-with-check
ALTER TABLE orders ADD COLUMN discount numeric CHECK (discount > 0);
-- add-column-with-sequence
ALTER TABLE orders ADD COLUMN number bigserial;
-- add-column-with-sequence
ALTER TABLE orders ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY;
-- unique-without-key
ALTER TABLE orders ADD CONSTRAINT once UNIQUE (order_id);
-- unique-without-key
ALTER TABLE products ADD CONSTRAINT no_two EXCLUDE USING btree (name WITH =);
-- unique-index-without-key
CREATE UNIQUE INDEX ON orders (order_id);
-- foreign-key-without-key
ALTER TABLE line_items ADD CONSTRAINT l_o FOREIGN KEY (order_id, store_id) REFERENCES orders (store_id, order_id);
-- foreign-key-to-local
ALTER TABLE orders ADD CONSTRAINT o_s FOREIGN KEY (note) REFERENCES settings;
-- foreign-key-from-reference
ALTER TABLE countries ADD COLUMN first_store bigint REFERENCES stores (store_id);
-- foreign-key-action
ALTER TABLE line_items ADD CONSTRAINT l_o FOREIGN KEY (store_id, order_id) REFERENCES orders (store_id, order_id) ON DELETE SET NULL;
-- foreign-key-action
ALTER TABLE line_items ADD CONSTRAINT l_o FOREIGN KEY (store_id, order_id) REFERENCES orders (store_id, order_id) ON UPDATE CASCADE;
-- trigger
CREATE TRIGGER same BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
-- trigger
CREATE TRIGGER same BEFORE UPDATE ON countries FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
-- detach-concurrently
ALTER TABLE visits DETACH PARTITION visits_2026 CONCURRENTLY;
-- command
ALTER TABLE visits DETACH PARTITION visits_2026;
-- command
CREATE TABLE visits_2027 PARTITION OF visits FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
-- inherits
CREATE TABLE late_orders () INHERITS (orders);
-- policy-subquery
CREATE POLICY mine ON orders USING (store_id IN (SELECT store_id FROM stores));
-- policy-subquery
ALTER POLICY mine ON orders USING (EXISTS (SELECT FROM countries));
-- not-measured
CREATE RULE quiet AS ON DELETE TO orders DO INSTEAD NOTHING;

-- stable-write
DELETE FROM orders WHERE ordered_at < now() - interval '90 days';
-- stable-write
DELETE FROM orders WHERE store_id = 5 AND now() > ordered_at + interval '1 day';
-- stable-write
DELETE FROM orders WHERE due = current_timestamp;
-- stable-write
UPDATE orders SET paid_at = paid_at + interval '1 day' WHERE store_id = 5;
-- stable-write
UPDATE orders SET paid_at = paid_at + '1 day' WHERE store_id = 5;
-- stable-write
UPDATE orders SET status = 'x' WHERE paid_at > ordered_at;
-- stable-write
UPDATE orders SET status = 'x' WHERE ordered_at BETWEEN now() - interval '1 day' AND now();
-- stable-write
UPDATE orders SET status = 'x' WHERE store_id = 5 AND ordered_at IN (now(), now());
-- stable-write
UPDATE orders SET status = 'x' WHERE store_id = 5 AND ordered_at = ANY (ARRAY[now()]);
-- stable-write
DELETE FROM orders WHERE paid_at::date = '2020-01-01';
-- stable-write
DELETE FROM orders WHERE date_trunc('day', paid_at) = '2020-01-01';
-- stable-write
DELETE FROM orders WHERE extract(year FROM paid_at) = 2020;
-- stable-write
DELETE FROM orders WHERE age(paid_at) > interval '1 day';
-- stable-write
UPDATE orders SET note = due::text WHERE store_id = 5;
-- stable-write
UPDATE orders SET due = paid_at WHERE store_id = 5;
-- stable-write
UPDATE orders SET due = (details ->> 'due')::date WHERE store_id = 5;
-- stable-write
DELETE FROM line_items l USING orders o WHERE o.store_id = l.store_id AND o.ordered_at < now();
-- stable-write
WITH gone AS (DELETE FROM orders WHERE ordered_at < now() RETURNING *) SELECT count(*) FROM gone;
-- conflict-function
INSERT INTO orders (store_id, order_id) VALUES (5, 7) ON CONFLICT (store_id, order_id) DO UPDATE SET paid_at = orders.paid_at + interval '1 day';
-- stable-in-case
UPDATE orders SET paid_at = coalesce(paid_at, now()) WHERE store_id = 5;
-- stable-in-case
UPDATE orders SET paid_at = CASE WHEN amount > 3 THEN now() ELSE paid_at END WHERE store_id = 5;
-- stable-in-case
UPDATE orders SET status = CASE WHEN paid_at + interval '1 day' < '2020-01-01' THEN 'a' ELSE 'b' END WHERE store_id = 5;
-- stable-in-case
UPDATE orders SET status = 'x' WHERE coalesce(paid_at, now()) < '2020-01-01';
-- all-shards
DELETE FROM orders WHERE paid_at < now() - interval '90 days';
-- all-shards
DELETE FROM orders WHERE ordered_at < localtimestamp - interval '90 days' AND due < current_date - 90;
-- all-shards
DELETE FROM orders WHERE now() - paid_at > interval '1 day' AND age(now(), paid_at) > interval '1 day';
-- all-shards
DELETE FROM orders WHERE date_trunc('day', ordered_at) = '2020-01-01' AND ordered_at::date > '2020-01-01';
-- all-shards
DELETE FROM orders WHERE ordered_at < (now() - interval '1 day')::timestamp AND ordered_at < now() AT TIME ZONE 'utc';
-- bound-key
UPDATE orders SET ordered_at = ordered_at + interval '1 day', due = due + 1 WHERE store_id = 5;
-- bound-key
UPDATE orders SET ordered_at = paid_at AT TIME ZONE 'UTC', due = now(), paid_at = greatest(paid_at, now()) WHERE store_id = 5;
-- bound-key
UPDATE orders SET note = coalesce(note, 'x'), status = CASE WHEN status = 'a' THEN 'b' ELSE status END, paid_at = now() WHERE store_id = 5;
-- all-shards
DELETE FROM orders WHERE status IN (SELECT status FROM orders WHERE ordered_at < now() - interval '90 days' LIMIT 10);
-- all-shards
DELETE FROM orders WHERE status IN (SELECT status FROM orders WHERE concat(status, 'x') = 'y' AND amount < random() LIMIT 3);
-- all-shards
UPDATE orders o SET note = (SELECT concat(s.name, 'x') FROM stores s WHERE s.store_id = o.store_id);

-- bound-key
SELECT * FROM orders WHERE store_id = abs(-5);
-- bound-key
SELECT * FROM orders WHERE store_id = coalesce(5, 6);
-- bound-key
SELECT * FROM orders WHERE store_id = 5.0;
-- bound-key
SELECT * FROM orders WHERE store_id = 5::numeric;
-- bound-key
SELECT * FROM orders WHERE store_id = '5';
-- all-shards
SELECT * FROM orders WHERE store_id BETWEEN 5 AND 5;
-- all-shards
SELECT * FROM orders WHERE store_id IS NOT DISTINCT FROM 5;
-- all-shards
SELECT * FROM orders WHERE store_id::text = '5';

-- lookup-by-old-key
SELECT * FROM products WHERE lower(name) = lower('A');
-- lookup-by-old-key
SELECT * FROM products p WHERE 'a' = LOWER(p.name) LIMIT 1;
-- lookup-by-old-key
SELECT * FROM products WHERE lower((name)::text) IN ('a', 'b');
-- bound-key
SELECT * FROM products WHERE lower(name) = 'a' AND store_id = 5;
-- all-shards
SELECT * FROM products WHERE upper(name) = 'A' AND lower(country) = 'de';
-- all-shards
SELECT * FROM products WHERE lower(name) = lower(country);
-- all-shards
SELECT * FROM products WHERE lower(name) LIKE 'a%';

-- insert-without-key
INSERT INTO line_items (line_item_id, order_id) SELECT * FROM unnest(ARRAY[5, 6]::bigint[], ARRAY[7, 8]::bigint[]);
-- several-rows
WITH o AS (INSERT INTO orders (store_id, order_id) VALUES (5, 1000) RETURNING store_id, order_id) INSERT INTO line_items (store_id, line_item_id) SELECT * FROM o;

-- bound-key
UPDATE orders SET store_id = 5, status = 'x' WHERE store_id = 5 AND order_id = 7;
-- bound-key
UPDATE orders SET store_id = '5' WHERE store_id IN ('5');
-- bound-key
UPDATE orders o SET store_id = s.store_id FROM stores s WHERE s.store_id = o.store_id AND s.store_id = 5;
-- all-shards
UPDATE orders o SET store_id = s.store_id FROM stores s WHERE s.store_id = o.store_id;
-- update-key
UPDATE orders SET store_id = 5 WHERE order_id = 7;
