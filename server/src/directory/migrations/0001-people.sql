-- Retention: people stay until they are erased; deactivation keeps the row so that the log can be read.
create table users (
  id text primary key,
  email text not null unique,
  name text,
  population text not null check (population in ('workforce', 'customer')),
  status text not null default 'active' check (status in ('active', 'deactivated')),
  created_at timestamptz not null default now()
);
create table groups (
  id text primary key,
  name text not null unique,
  created_at timestamptz not null default now()
);
create table group_members (
  group_id text not null references groups (id) on delete cascade,
  user_id text not null references users (id) on delete cascade,
  primary key (group_id, user_id)
);
create table role_members (
  role text not null check (role in ('admin', 'security', 'auditor', 'developer')),
  user_id text not null references users (id) on delete cascade,
  primary key (role, user_id)
);
