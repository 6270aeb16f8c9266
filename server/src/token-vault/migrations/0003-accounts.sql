-- People's accounts at other systems. One row per grant: who connects again gets a new one in place of the one before.
-- Retention: while connected; a revoked one 30 days, without tokens, so that its owner sees what came of it.
create table accounts (
  id text primary key,
  connection text not null,
  user_id text not null,
  -- What the tokens were granted for (origin, endpoints for tokens, client); they open for exactly this.
  bound_to text not null,
  -- The tokens as sealed JSON; null once they are ended.
  sealed text,
  scopes jsonb not null,
  refreshable boolean not null,
  -- Null where the provider did not say.
  access_expires_at timestamptz,
  renewed_at timestamptz not null,
  status text not null check (status in ('connected', 'needs_reconnect', 'revoking', 'revoked')),
  reason text,
  -- Grows with every change of the tokens; whoever saw an older one has to look again.
  version integer not null default 1,
  -- The version whose access token the outside system refused.
  refused_version integer,
  -- One call to the provider at a time: who holds the claim, until when, and the number that proves it (claim and fence).
  fence bigint not null default 0,
  claimed_until timestamptz,
  -- What came of ending it at the provider.
  result text,
  revoke_tries integer not null default 0,
  revoke_after timestamptz,
  connected_at timestamptz not null,
  ended_at timestamptz
);

-- At most one grant of a person is in use per connection. Those that are being ended stand beside it.
create unique index accounts_in_use on accounts (connection, user_id) where status in ('connected', 'needs_reconnect');
create index accounts_of_user on accounts (user_id);
create index accounts_revoking on accounts (revoke_after) where status = 'revoking';

-- A person who was sent to a provider and has not come back. Retention: ten minutes.
create table connect_attempts (
  state_hash text primary key,
  connection text not null,
  user_id text not null,
  session_id text not null,
  bound_to text not null,
  -- The PKCE verifier.
  sealed text not null,
  return_to text not null,
  expires_at timestamptz not null,
  used_at timestamptz
);
create index connect_attempts_of_user on connect_attempts (user_id);
