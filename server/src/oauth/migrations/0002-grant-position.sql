-- The change log's position before the grant was made: what is revoked after it kills the grant. Grants of before have
-- none and end with the first revocation.
alter table grant_sessions add column position bigint not null default 0;
