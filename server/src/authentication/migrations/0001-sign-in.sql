-- Argon2id hashes. Retention: a hash stays with its person.
create table passwords (
  user_id text primary key references users (id) on delete cascade,
  hash text not null,
  changed_at timestamptz not null default now()
);

-- First-party sessions of people. The cookie's value is 256 random bits, so its SHA-256 cannot be guessed back.
-- `position` is the change log's before the sign-in was judged: a later revocation of the person kills the session.
-- Retention: seven days past expiry.
create table sessions (
  id text primary key,
  token_hash text not null unique,
  user_id text not null references users (id) on delete cascade,
  auth_time bigint not null,
  amr jsonb not null,
  position bigint not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  ended_reason text,
  remote text not null
);
create index sessions_user on sessions (user_id);
create index sessions_expiry on sessions (expires_at);

-- Attempts to sign in that have not succeeded, by address and by network; hashed, so that the table lists neither.
-- Retention: an hour past the delay, after which they no longer count.
create table sign_in_attempts (
  subject_hash text primary key,
  failures int not null,
  until timestamptz not null
);
create index sign_in_attempts_until on sign_in_attempts (until);

-- One-time links for the first administrator. Retention: until expiry.
create table setup_links (
  token_hash text primary key,
  expires_at timestamptz not null,
  used_at timestamptz
);
