-- Names are compared by their bytes, whatever the collation of the database: so the tuples of one type stand together, and
-- are read without the others.
alter table fga_tuples
  alter column object type text collate "C",
  alter column relation type text collate "C",
  alter column "user" type text collate "C";
-- How many tuples each type of a store has: what loading them would take. Retention: as the store.
create table fga_tuple_counts (
  store_id text not null references fga_stores (id) on delete cascade,
  type text not null,
  tuples bigint not null,
  primary key (store_id, type)
);
insert into fga_tuple_counts (store_id, type, tuples)
  select store_id, left(object, strpos(object, ':') - 1), count(*) from fga_tuples group by 1, 2;
