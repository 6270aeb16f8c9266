-- Retention: agents stay after they retire, so that the log can be read. Ids of people are not foreign keys: the
-- directory may erase a person, who then counts as an owner who left.
create table agents (
  id text primary key,
  name text not null,
  purpose text not null,
  owners text[] not null check (cardinality(owners) > 0),
  risk_class text not null check (risk_class in ('low', 'medium', 'high', 'critical')),
  assigned jsonb not null,
  redirect_uris text[] not null,
  max_delegation_depth int not null check (max_delegation_depth between 1 and 8),
  may_delegate_to text[] not null,
  status text not null default 'registered' check (status in ('registered', 'active', 'suspended', 'retired')),
  status_reason text,
  created_at timestamptz not null default now()
);

-- Retention: rows stay with their agent. A secret carries 256 random bits, so its SHA-256 cannot be guessed back.
create table agent_credentials (
  id text primary key,
  agent_id text not null references agents (id) on delete cascade,
  type text not null check (type in ('client_secret', 'private_key_jwt')),
  secret_hash text,
  jwks jsonb,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  revoked_at timestamptz,
  check ((type = 'client_secret') = (secret_hash is not null) and (type = 'private_key_jwt') = (jwks is not null))
);
create index agent_credentials_agent on agent_credentials (agent_id);
