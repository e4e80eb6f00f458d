-- PostgreSQL 15: NULLS NOT DISTINCT, column lists of SET NULL, publications of schemas.
ALTER TABLE sales.orders ADD CONSTRAINT orders_nulls_key UNIQUE NULLS NOT DISTINCT (id, parent_id);
CREATE UNIQUE INDEX stores_nulls ON public.stores (code) NULLS NOT DISTINCT;
ALTER TABLE sales.orders ADD CONSTRAINT orders_partial_fkey FOREIGN KEY (parent_store_id, parent_id)
    REFERENCES sales.orders (store_id, id) ON DELETE SET NULL (parent_id);
CREATE PUBLICATION by_schema FOR TABLES IN SCHEMA sales, "Odd Schema";
