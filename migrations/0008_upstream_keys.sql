-- An upstream has any number of keys, and its own patience. The key that one had keeps the upstream's id, for that is the
-- name of its entry in the keyring, and what a sealed one is bound to.
create table upstream_keys (
    id            uuid primary key,
    upstream_id   uuid not null references upstreams on delete cascade,
    label         text not null default '',
    secret_place  text not null check (secret_place in ('keyring', 'sealed')),
    sealed_secret bytea check ((sealed_secret is not null) = (secret_place = 'sealed')),
    is_active     boolean not null default true,
    position      integer not null default 0,
    created_at    timestamptz not null,
    updated_at    timestamptz not null
);
create index on upstream_keys (upstream_id, position);
create unique index upstream_keys_label on upstream_keys (upstream_id, label) where label <> '';

insert into upstream_keys (id, upstream_id, secret_place, sealed_secret, created_at, updated_at)
    select id, id, secret_place, sealed_secret, created_at, updated_at from upstreams where secret_place <> 'none';

alter table upstreams drop column secret_place, drop column sealed_secret;
alter table upstreams add column first_byte_timeout_seconds double precision check (first_byte_timeout_seconds > 0);
alter table upstreams add column idle_timeout_seconds double precision check (idle_timeout_seconds > 0);

create trigger notify after insert or delete or update on upstream_keys
    for each statement execute function notify_configuration('upstreams');
