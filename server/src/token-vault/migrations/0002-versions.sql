-- Which of the connection's credentials this is: the gateway asks for the one that belongs to the upstream it knows.
alter table held_credentials add column version integer not null default 1;
