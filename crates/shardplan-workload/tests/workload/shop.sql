-- A shop of many stores, as an application has it before it is sharded.
CREATE TABLE stores (store_id bigint PRIMARY KEY, name text);
CREATE TABLE products (product_id bigint PRIMARY KEY, store_id bigint NOT NULL REFERENCES stores, name text, price numeric);
CREATE TABLE orders (order_id bigint PRIMARY KEY, store_id bigint NOT NULL REFERENCES stores, status text);
CREATE TABLE line_items (
    line_item_id bigserial PRIMARY KEY,
    order_id bigint NOT NULL REFERENCES orders,
    product_id bigint NOT NULL REFERENCES products,
    quantity int,
    amount numeric);

CREATE FUNCTION place_orders(how_many int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    ord bigint;
    st bigint;
    prod bigint;
    unit numeric;
    stores_there bigint := (SELECT count(*) FROM stores);
BEGIN
    FOR i IN 1..how_many LOOP
        st := floor(random() * stores_there + 1);
        ord := (SELECT nextval('order_numbers'));
        -- the order
        INSERT INTO orders (order_id, store_id, status)
        VALUES (ord, st, 'new');
        FOR j IN 1..3 LOOP
            prod = (SELECT product_id FROM products WHERE store_id = st OFFSET floor(random() * 3) LIMIT 1);
            unit = (SELECT price FROM products WHERE store_id = st AND product_id = prod);
            -- what was ordered
            INSERT INTO line_items (line_item_id, order_id, product_id, quantity, amount)
            VALUES (DEFAULT, ord, prod, j, unit * j);
        END LOOP;
    END LOOP;
END;
$$;

CREATE FUNCTION place_orders_by_store(how_many int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    ord bigint;
    st bigint;
    prod bigint;
    unit numeric;
    stores_there bigint := (SELECT count(*) FROM stores);
BEGIN
    FOR i IN 1..how_many LOOP
        st := floor(random() * stores_there + 1);
        ord := (SELECT nextval('order_numbers'));
        INSERT INTO orders (order_id, store_id, status)
        VALUES (ord, st, 'new');
        FOR j IN 1..3 LOOP
            prod = (SELECT product_id FROM products WHERE store_id = st OFFSET floor(random() * 3) LIMIT 1);
            unit = (SELECT price FROM products WHERE store_id = st AND product_id = prod);
            INSERT INTO line_items (line_item_id, order_id, product_id, quantity, amount, store_id)
            VALUES (DEFAULT, ord, prod, j, unit * j, st);
        END LOOP;
    END LOOP;
END;
$$;

CREATE FUNCTION order_total(which bigint) RETURNS numeric LANGUAGE sql AS $$
    -- all its lines
    SELECT sum(amount)
    FROM line_items
    WHERE order_id = which;
$$;

CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.quantity := coalesce(NEW.quantity, 1);
    EXECUTE 'UPDATE orders SET status = ''touched'' WHERE order_id = $1' USING NEW.order_id;
    EXECUTE format('DELETE FROM %I', TG_TABLE_NAME);
    RETURN NEW;
END;
$$;

CREATE FUNCTION open_orders_of(st bigint) RETURNS SETOF bigint LANGUAGE plpgsql AS $$
DECLARE
    found record;
BEGIN
    result := 5;
    FOR found IN SELECT o.order_id FROM orders o JOIN line_items l ON l.order_id = o.order_id WHERE o.store_id = st LOOP
        RETURN NEXT found.order_id;
    END LOOP;
    RETURN QUERY SELECT order_id FROM orders WHERE store_id = st;
END;
$$;

CREATE FUNCTION not_ours() RETURNS int LANGUAGE plpython3u AS $$ return 5 $$;

CREATE VIEW line_prices AS SELECT l.line_item_id, p.price FROM line_items l JOIN products p ON p.product_id = l.product_id;
CREATE MATERIALIZED VIEW order_counts AS SELECT store_id, count(*) AS orders FROM orders GROUP BY store_id;
