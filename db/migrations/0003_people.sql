-- Getting in safely: invitations, a second factor, hashed session tokens, outgoing mail; and the operator's hold on calls.

-- One person of each agency and account is its owner: the one the platform turns to, and who hands it on.
alter table membership add column is_owner boolean not null default false;
update membership m
   set is_owner = true
 where (m.person_id, m.owner_id, m.role) = (
   select o.person_id, o.owner_id, o.role
     from membership o
    where o.owner_id = m.owner_id and o.role in ('agency-administrator', 'administrator')
    order by o.granted_at, o.person_id
    limit 1);
create unique index membership_one_owner on membership (owner_id) where is_owner;

-- A promise of a role to whoever holds the link that was mailed; only the link's hash is kept. Owner 0 is the house.
create table invitation (
  invitation_id bigint primary key generated always as identity,
  owner_id bigint not null,
  email text not null,
  -- Null invites to open an account of one's own while sign-up is closed.
  role text,
  token_hash text not null unique,
  invited_by text not null,
  invited_at timestamptz not null,
  expires_at timestamptz not null,
  accepted_at timestamptz,
  accepted_by text,
  withdrawn_at timestamptz,
  check (expires_at > invited_at),
  check (accepted_at is null or withdrawn_at is null)
);
create unique index invitation_open on invitation (owner_id, email) where accepted_at is null and withdrawn_at is null;

alter table person add column second_factor_enabled boolean not null default false;

-- The secret and the recovery codes are sealed with the installation's key, which is not in the database.
create table second_factor (
  id text primary key,
  person_id text not null unique references person on delete cascade,
  secret text not null,
  recovery_codes text not null,
  verified boolean not null default true,
  failed_count integer not null default 0,
  locked_until timestamptz
);

-- A session's token is kept as its hash from now on; everybody signs in once more.
delete from session;
alter table session rename column token to token_hash;

-- This secret moved out of the database.
delete from house_setting where setting_key = 'session secret';

-- Outgoing mail: a row until the mail server has taken it. Bodies hold links that let people in, so they are sealed, and
-- forgotten once sent.
create table mail (
  mail_id bigint primary key generated always as identity,
  to_name text not null,
  to_address text not null,
  subject text not null,
  body_sealed bytea,
  queued_at timestamptz not null,
  next_attempt_at timestamptz not null,
  attempts integer not null default 0,
  last_error text,
  sent_at timestamptz,
  given_up_at timestamptz
);
create index mail_due on mail (next_attempt_at) where sent_at is null and given_up_at is null;

-- The operator's hold: calls are refused until it is lifted, and the account is told why.
alter table switch drop constraint switch_kind_check;
alter table switch add constraint switch_kind_check check (kind in ('pause', 'stop', 'hold'));
