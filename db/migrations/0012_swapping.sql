-- Number swapping: which advertisement a visitor comes from, which number the page shows them, and who was shown it when they call.

-- What a tracking source is recognized by. All that is given must hold; the first by position wins. Without any it is only ever a name.
alter table tracking_source
  add column description text,
  add column position integer not null default 1 check (position between 1 and 9999),
  -- Offsite sources (a van, a mailer) are never looked for on the website.
  add column is_onsite boolean not null default false,
  -- Regular expressions, case-insensitive.
  add column referrer_pattern text,
  add column landing_pattern text,
  add column not_referrer_pattern text,
  add column not_landing_pattern text,
  -- Whole values, case-insensitive, with * for any text.
  add column utm_source text,
  add column utm_medium text,
  add column utm_campaign text,
  -- Any one of these parameters in the landing address.
  add column click_ids text[] not null default '{}',
  -- Takes over from the source that a visitor came by first.
  add column is_last_touch boolean not null default false,
  add column removed_at timestamptz;

-- A number that stands on the website, for tracking numbers to stand in for.
create table target_number (
  account_id bigint not null references account,
  target_number_id bigint generated always as identity,
  sid text not null,
  phone_number text not null check (phone_number ~ '^\+[1-9][0-9]{6,14}$'),
  name text,
  created_at timestamptz not null,
  removed_at timestamptz,
  primary key (account_id, target_number_id),
  unique (account_id, phone_number)
);

-- What a tracking number stands in for. One that has no row here stands in for every target number.
create table number_target (
  account_id bigint not null,
  tracking_number_id bigint not null,
  target_number_id bigint not null,
  primary key (account_id, tracking_number_id, target_number_id),
  foreign key (account_id, tracking_number_id) references tracking_number,
  foreign key (account_id, target_number_id) references target_number
);

-- The numbers of a source, shared out visitor by visitor instead of the same for all.
create table number_pool (
  account_id bigint not null,
  tracking_source_id bigint not null,
  created_at timestamptz not null,
  primary key (account_id, tracking_source_id),
  foreign key (account_id, tracking_source_id) references tracking_source
);

create table swapping_settings (
  account_id bigint not null references account,
  cookie_days integer not null default 30 check (cookie_days between 1 and 730),
  -- cookie: at once · consent: once the page says that the visitor agrees · none: never, each page is a visit of its own
  storage text not null default 'cookie' check (storage in ('cookie', 'consent', 'none')),
  respects_signals boolean not null default true,
  address_kept text not null default 'truncated' check (address_kept in ('truncated', 'hashed', 'none')),
  visits_kept_days integer not null default 365 check (visits_kept_days between 1 and 3650),
  primary key (account_id)
);

create table visitor (
  account_id bigint not null references account,
  visitor_id bigint generated always as identity,
  -- The cookie's 24 hexadecimal digits.
  sid text not null,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  primary key (account_id, visitor_id),
  unique (account_id, sid)
);
create index visitor_age on visitor (account_id, last_seen_at);

-- One stay on the website: it ends when nothing is heard for half an hour.
create table visit (
  account_id bigint not null,
  visit_id bigint generated always as identity,
  sid text not null,
  visitor_id bigint not null,
  begun_at timestamptz not null,
  last_seen_at timestamptz not null,
  -- By which the visitor is shown numbers; the first touch's may live on in later visits.
  tracking_source_id bigint,
  referrer text,
  landing_url text not null,
  page_url text not null,
  page_count integer not null default 1,
  utm_source text,
  utm_medium text,
  utm_campaign text,
  utm_term text,
  utm_content text,
  click_id_kind text,
  click_id text,
  device text,
  browser text,
  -- As the settings of its day said: truncated, hashed, or nothing.
  address text,
  primary key (account_id, visit_id),
  unique (account_id, sid),
  -- Whoever is forgotten takes along all that hangs on them, matches of calls included.
  foreign key (account_id, visitor_id) references visitor on delete cascade
);
create index visit_live on visit (account_id, last_seen_at);
create index visit_log on visit (account_id, begun_at);
create index visit_of_visitor on visit (account_id, visitor_id, begun_at);

create table page_view (
  account_id bigint not null,
  page_view_id bigint generated always as identity,
  visit_id bigint not null,
  viewed_at timestamptz not null,
  url text not null,
  primary key (account_id, page_view_id),
  foreign key (account_id, visit_id) references visit on delete cascade
);
create index page_view_of_visit on page_view (account_id, visit_id, viewed_at);

-- Which numbers stood on the page of a visitor, and when.
create table showing (
  account_id bigint not null,
  visit_id bigint not null,
  tracking_number_id bigint not null,
  first_shown_at timestamptz not null,
  last_shown_at timestamptz not null,
  page_url text not null,
  -- When the visitor last pressed the number's link.
  dialed_at timestamptz,
  primary key (account_id, visit_id, tracking_number_id),
  foreign key (account_id, visit_id) references visit on delete cascade,
  foreign key (account_id, tracking_number_id) references tracking_number
);
create index showing_of_number on showing (account_id, tracking_number_id, last_shown_at desc);

-- Who has a pool's number now. It stays theirs until somebody else needs it.
create table pool_assignment (
  account_id bigint not null,
  tracking_number_id bigint not null,
  visitor_id bigint not null,
  assigned_at timestamptz not null,
  last_shown_at timestamptz not null,
  primary key (account_id, tracking_number_id),
  foreign key (account_id, tracking_number_id) references tracking_number,
  foreign key (account_id, visitor_id) references visitor on delete cascade
);
create index pool_assignment_of_visitor on pool_assignment (account_id, visitor_id);

-- Where the script runs: the installation check.
create table seen_site (
  account_id bigint not null references account,
  host text not null,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  page_url text not null,
  primary key (account_id, host)
);

-- The visits that a call on a pool's number may have come from, likeliest first.
create table call_visit (
  account_id bigint not null,
  call_id bigint not null,
  visit_id bigint not null,
  rank integer not null check (rank >= 1),
  likelihood_percent integer not null check (likelihood_percent between 1 and 100),
  primary key (account_id, call_id, visit_id),
  unique (account_id, call_id, rank),
  foreign key (account_id, call_id) references call,
  foreign key (account_id, visit_id) references visit on delete cascade
);
create index call_visit_of_visit on call_visit (account_id, visit_id);

-- Earlier calls of the same caller.
create index call_of_caller on call (account_id, caller_number, called_at);
-- When a call was looked at for its visit; calls of before there were visits count as looked at.
alter table call add column matched_at timestamptz;
-- Nobody called from this number before; found out with the visit, and kept when the caller is erased.
alter table call add column is_first boolean;
-- When the caller was erased: number and place are blanked then, and no visit is named.
alter table call add column caller_erased_at timestamptz;
update call c set matched_at = called_at,
                  is_first = caller_number <> '' and not exists (
                    select from call e
                     where e.account_id = c.account_id and e.caller_number = c.caller_number and e.called_at < c.called_at);
create index call_unmatched on call (account_id, call_id) where matched_at is null;
