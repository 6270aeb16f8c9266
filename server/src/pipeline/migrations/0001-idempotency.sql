-- POSTs that were done under an Idempotency-Key: the same request again gets the same answer and does nothing.
-- Retention: a day.
create table idempotency_keys (
  key_hash text primary key,
  request_hash text not null,
  -- Null where the answer held something that is shown once.
  answer jsonb,
  expires_at timestamptz not null
);
create index idempotency_keys_expiry on idempotency_keys (expires_at);
