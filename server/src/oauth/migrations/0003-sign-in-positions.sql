-- The change log's position of the sign-in a delegation came of: what was logged out since is out of its reach. Delegations
-- of before have none and reach nothing that was ever logged out.
alter table delegations add column position bigint not null default 0;
