-- What each agent may do at each resource or connection. Retention: as long as the agent.
create table managed_connections (
  agent text not null,
  target text not null,
  terms jsonb not null,
  created_at timestamptz not null default now(),
  changed_at timestamptz not null default now(),
  primary key (agent, target)
);
