-- Requests to the support desk, and what was said on each.

create table ticket (
  -- The account or agency that it is about.
  owner_id bigint not null,
  -- Counted over all owners: people and staff name a ticket by this number.
  ticket_id bigint generated always as identity,
  kind text not null check (kind in
    ('trouble', 'agency-reactivation', 'reactivate-as-standalone', 'late-restore', 'refund', 'transfer', 'other')),
  -- Which step of which path it was opened from, and the sentence with which that step was last refused.
  step text,
  last_refusal text,
  subject text not null,
  opened_by text not null,
  opened_by_role text not null,
  opened_at timestamptz not null,
  state text not null default 'open' check (state in ('open', 'answered', 'closed')),
  closed_at timestamptz,
  closed_by text,
  primary key (owner_id, ticket_id),
  check ((state = 'closed') = (closed_at is not null)),
  check ((closed_at is null) = (closed_by is null))
);
create index ticket_opened on ticket (owner_id, opened_at);
create index ticket_number on ticket (ticket_id);
create index ticket_queue on ticket (state, ticket_id);

create table ticket_message (
  owner_id bigint not null,
  ticket_id bigint not null,
  message_id bigint generated always as identity,
  at timestamptz not null,
  by text not null,
  from_staff boolean not null,
  body text not null,
  primary key (owner_id, ticket_id, message_id),
  foreign key (owner_id, ticket_id) references ticket
);
