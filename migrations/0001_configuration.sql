-- What the person configures. Every change tells all engines on this database by NOTIFY, in the same transaction.

create function notify_configuration() returns trigger language plpgsql as $$
begin
    perform pg_notify('pxbin_configuration', tg_argv[0]);
    return null;
end $$;

create table keys (
    id           uuid primary key,
    type         text not null check (type in ('llm', 'management')),
    name         text not null,
    key_prefix   text not null,
    key_hash     text not null unique,
    is_active    boolean not null default true,
    rate_limit   integer check (rate_limit > 0),
    permissions  text[] not null default '{}' check (permissions <@ '{read,write}'::text[]),
    metadata     jsonb not null default '{}',
    last_used_at timestamptz,
    created_at   timestamptz not null,
    updated_at   timestamptz not null
);

create table upstreams (
    id            uuid primary key,
    name          text not null unique,
    base_url      text not null,
    format        text not null check (format in ('openai', 'anthropic', 'openai-responses')),
    is_active     boolean not null default true,
    priority      integer not null default 0,
    secret_place  text not null default 'none' check (secret_place in ('keyring', 'sealed', 'none')),
    sealed_secret bytea check ((sealed_secret is not null) = (secret_place = 'sealed')),
    created_at    timestamptz not null,
    updated_at    timestamptz not null
);

create table models (
    id                              uuid primary key,
    name                            text not null unique,
    display_name                    text not null default '',
    provider                        text not null default '',
    input_cost_per_million          numeric check (input_cost_per_million >= 0),
    output_cost_per_million         numeric check (output_cost_per_million >= 0),
    cache_read_cost_per_million     numeric check (cache_read_cost_per_million >= 0),
    cache_write_5m_cost_per_million numeric check (cache_write_5m_cost_per_million >= 0),
    cache_write_1h_cost_per_million numeric check (cache_write_1h_cost_per_million >= 0),
    price_source                    text not null default 'unknown'
                                    check (price_source in ('model', 'published', 'unknown')),
    context_window                  integer check (context_window > 0),
    max_output_tokens               integer check (max_output_tokens > 0),
    is_active                       boolean not null default true,
    created_at                      timestamptz not null,
    updated_at                      timestamptz not null
);

-- A model outlives its upstreams: it stays without targets until the person gives it another.
create table model_targets (
    model_id       uuid not null references models on delete cascade,
    upstream_id    uuid not null references upstreams on delete cascade,
    upstream_model text not null,
    priority       integer not null default 0,
    primary key (model_id, upstream_id, upstream_model)
);
create index on model_targets (upstream_id);

-- "update of" leaves last_used_at out: a used key is not a changed key.
create trigger notify after insert or delete
    or update of type, name, key_hash, is_active, rate_limit, permissions, metadata on keys
    for each statement execute function notify_configuration('keys');
create trigger notify after insert or delete or update on upstreams
    for each statement execute function notify_configuration('upstreams');
create trigger notify after insert or delete or update on models
    for each statement execute function notify_configuration('models');
create trigger notify after insert or delete or update on model_targets
    for each statement execute function notify_configuration('models');
