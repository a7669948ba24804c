-- Which program answers at an upstream's address, where the person said so, and what its refusals have taught.
alter table upstreams add column preset text;

create table learned_quirks (
    upstream_id    uuid not null references upstreams on delete cascade,
    upstream_model text not null,
    quirk          text not null,
    value          jsonb not null,
    description    text not null,
    said           text not null default '',
    learned_at     timestamptz not null,
    primary key (upstream_id, upstream_model, quirk, value)
);

create trigger notify after insert or delete or update on learned_quirks
    for each statement execute function notify_configuration('upstreams');
