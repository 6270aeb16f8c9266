-- Retention: resources stay, tokens of theirs live elsewhere. An agent's id is not a foreign key: agents are another room.
create table resources (
  id text primary key,
  identifier text not null unique,
  name text not null,
  scopes jsonb not null,
  agent text,
  created_at timestamptz not null default now()
);

-- Retention: until removed; the log keeps what was done. The credential itself is kept by the token vault.
create table connections (
  id text primary key,
  name text not null unique,
  kind text not null check (kind in ('oauth2', 'api_key', 'basic', 'mcp', 'http', 'none')),
  provider text,
  upstream text,
  tools jsonb not null,
  credential_version int not null default 0,
  created_at timestamptz not null default now()
);
