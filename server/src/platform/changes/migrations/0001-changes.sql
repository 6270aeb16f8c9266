-- The one ordered log that every cache tails (ADR 0006). Positions are dense: a reader that finds a gap was left behind.
-- Retention: one hour, trimmed by the changes.trim job; the newest row always stays.
create table changes (
  position bigint primary key,
  topic text not null,
  key text not null,
  body jsonb not null,
  at timestamptz not null default now()
);
create index changes_at on changes (at);

-- Replicas that may grant: each acknowledges what it has applied, and its lease says until when it may grant unheard.
-- Retention: rows go an hour after their lease lapsed.
create table replicas (
  id text primary key,
  position bigint not null,
  lease_until timestamptz not null
);

-- Links that are dead: a token is refused when one of its links has a position here above its own `pos`.
-- Retention: a row goes when no token that could hold the link can still be alive.
create table revocations (
  link text primary key,
  position bigint not null,
  reason text not null,
  at timestamptz not null default now()
);
