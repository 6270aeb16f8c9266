-- What people are asked before something is done. Retention: 400 days after it was created, for those who look back.
create table approvals (
  id text primary key,
  kind text not null check (kind in ('gateway_call', 'ciba', 'token')),
  status text not null default 'pending'
    check (status in ('pending', 'approved', 'denied', 'expired', 'cancelled', 'consumed')),
  -- SHA-256 of the exact action (RFC 8785). The action itself, its declared values and the agent's words are sealed:
  -- arguments may hold anything.
  hash text not null,
  sealed text not null,
  user_id text,
  -- Of the chain, the one acting now first.
  agents text[] not null,
  client text not null,
  task text,
  connection text,
  action text not null,
  target jsonb not null,
  effect text not null check (effect in ('read', 'write', 'irreversible')),
  -- What the request stands on: when one of these dies after this position of the change log, so does the request.
  links text[] not null,
  position bigint not null,
  -- Who must say yes, and how many of each.
  requirements jsonb not null,
  -- Ids of people, groups, and agents whose owners may see it.
  audience text[] not null,
  hold_seconds int not null default 0,
  -- SHA-256 of what a client polls with (auth_req_id); it opens something, so it is kept as a hash.
  handle_hash text,
  poll_interval int not null default 5,
  polled_at timestamptz,
  attempt text,
  created_at timestamptz not null,
  notified_at timestamptz,
  decided_at timestamptz,
  not_before timestamptz,
  expires_at timestamptz not null,
  consumed_at timestamptz,
  consumed_by text,
  -- Null after consumption until the act has ended; if nobody is left to say, it stays null, which reads as unknown.
  outcome text check (outcome in ('done', 'refused', 'failed', 'unknown'))
);
-- One open request for one action: whoever asks the same again waits for the same answer.
create unique index approvals_open on approvals (hash) where status in ('pending', 'approved') and handle_hash is null;
create unique index approvals_handle on approvals (handle_hash) where handle_hash is not null;
create index approvals_audience on approvals using gin (audience);
create index approvals_waiting on approvals (expires_at) where status in ('pending', 'approved');
create index approvals_by_agent on approvals ((agents[1]), created_at);

-- Who answered what. Retention: as the approval's.
create table approval_answers (
  approval text not null references approvals (id) on delete cascade,
  user_id text not null,
  answer text not null check (answer in ('approve', 'deny')),
  reason text,
  session text,
  at timestamptz not null,
  primary key (approval, user_id)
);
