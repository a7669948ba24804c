-- Names that mean a model (aliases, patterns, the default), shares of targets, and why a request went where it went.
alter table model_targets add column weight integer not null default 1 check (weight between 1 and 1000);

-- A model is named, not referenced: an alias outlives its model, and holds again when the name is there again.
create table aliases (
    id         uuid primary key,
    pattern    text not null check (pattern <> ''),
    model      text not null check (model <> ''),
    key_id     uuid references keys on delete cascade,
    client     text not null default '',
    is_active  boolean not null default true,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    unique nulls not distinct (pattern, key_id, client)
);

create trigger notify after insert or delete or update on aliases
    for each statement execute function notify_configuration('aliases');

alter table requests add column asked_model text not null default '';
alter table requests add column route_reason text not null default '';
