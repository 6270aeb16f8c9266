-- Signing keys, private parts sealed. Retention: a key stays while a token it signed may live.
create table signing_keys (
  kid text primary key,
  use text not null check (use in ('sig', 'cookie')),
  sealed text not null,
  created_at timestamptz not null default now()
);

-- Applications people sign in to, and services; agents are clients by themselves. Retention: until deleted.
create table clients (
  id text primary key,
  name text not null,
  type text not null check (type in ('web', 'native', 'spa', 'service')),
  redirect_uris jsonb not null default '[]',
  grant_types jsonb not null,
  secret_hash text,
  profile text,
  may_act text,
  access jsonb not null default '{}',
  created_at timestamptz not null default now()
);

-- What oidc-provider keeps. Values that open something are stored as hashes only. Retention: an hour past expiry.
create table oidc_entities (
  kind text not null,
  key_hash text not null,
  payload jsonb not null,
  grant_id text,
  uid_hash text,
  consumed_at timestamptz,
  expires_at timestamptz,
  primary key (kind, key_hash)
);
create index oidc_entities_grant on oidc_entities (grant_id) where grant_id is not null;
create index oidc_entities_uid on oidc_entities (kind, uid_hash) where uid_hash is not null;
create index oidc_entities_expiry on oidc_entities (expires_at);

-- Which sign-in a grant came of: when the session ends, so does what came of it. Retention: as the grant's.
create table grant_sessions (
  grant_id text primary key,
  session_id text not null,
  user_id text not null,
  client_id text not null,
  expires_at timestamptz not null
);

-- People's yes to an agent. Retention: until withdrawn or the agent retires.
create table consents (
  user_id text not null,
  agent_id text not null,
  given_at timestamptz not null default now(),
  primary key (user_id, agent_id)
);

-- The ceiling that the first hop of a delegation fixes; never changed afterwards. Retention: a day past expiry.
create table delegations (
  id text primary key,
  root text not null,
  user_id text not null,
  agent_id text not null,
  task text not null,
  resources jsonb not null,
  details jsonb not null default '[]',
  ceiling_hash text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  unique (root, user_id, agent_id, ceiling_hash)
);
create index delegations_expiry on delegations (expires_at);
create table tasks (
  root text not null,
  user_id text not null,
  agent_id text not null,
  task text not null,
  expires_at timestamptz not null,
  primary key (root, user_id, agent_id)
);
