-- PostgreSQL 18: virtual generated columns, constraints that are not enforced.
ALTER TABLE sales.orders ADD COLUMN tripled bigint GENERATED ALWAYS AS (store_id * 3) VIRTUAL;
ALTER TABLE sales.orders ADD CONSTRAINT orders_ignored_fkey FOREIGN KEY (store_id) REFERENCES public.stores NOT ENFORCED;
