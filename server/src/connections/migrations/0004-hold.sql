-- Why and since when a connection is on hold; null while it is not.
alter table connections add column hold jsonb;
