-- Of kind oauth2: the provider's endpoints, our client id there and the scopes people are asked for. No secret is in it:
-- the client secret is kept by the token vault. Retention: as the connection.
alter table connections add column oauth jsonb;
