-- PostgreSQL 18: virtual generated columns, constraints that are not enforced.
ALTER TABLE sales.orders ADD COLUMN tripled numeric GENERATED ALWAYS AS (total * 3::numeric) VIRTUAL;
ALTER TABLE sales.orders ADD CONSTRAINT orders_ignored_fkey FOREIGN KEY (store_id) REFERENCES public.stores NOT ENFORCED;
