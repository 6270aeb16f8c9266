-- How long a call may go without an answer, and how large an answer may be. Retention: as the connection.
alter table connections
  add column timeout_seconds int not null default 60,
  add column max_result_bytes int not null default 4194304;
