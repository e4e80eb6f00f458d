-- PostgreSQL 12: generated columns, and foreign keys to partitioned tables.
ALTER TABLE sales.orders ADD COLUMN doubled numeric GENERATED ALWAYS AS ((total * 2::numeric)) STORED;
CREATE TABLE public.event_notes (
    store_id bigint,
    at date,
    CONSTRAINT event_notes_fkey FOREIGN KEY (store_id, at) REFERENCES public.events
);
