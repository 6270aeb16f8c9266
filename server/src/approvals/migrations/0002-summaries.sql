-- Of what is asked, as few bytes as lists and mail need; sealed like the whole, which is opened for one request at a time.
alter table approvals add column summary text;
-- How much there is to read: what waits for one person is bounded by it.
alter table approvals add column bytes int not null default 0;
update approvals set bytes = octet_length(sealed);
-- Retention: 30 days after it could last be answered or used; the row itself stays for its 400 days.
alter table approvals alter column sealed drop not null;
create index approvals_contents on approvals (expires_at) where sealed is not null;

-- Position of the change log at the answerer's sign-in: what ended for them after it takes their yes back.
alter table approval_answers add column position bigint not null default 0;
alter table approval_answers add column taken_back_at timestamptz;
