-- A tuple's condition, `{name, context}`; null where it has none. Retention: as the tuple.
alter table fga_tuples add column condition jsonb;
alter table fga_tuple_changes add column condition jsonb;
-- What the authors of a model expect of it; ours only to keep. Retention: as the model.
create table fga_assertions (
  store_id text not null,
  model_id text not null,
  body jsonb not null,
  primary key (store_id, model_id),
  foreign key (store_id, model_id) references fga_models (store_id, id) on delete cascade
);
