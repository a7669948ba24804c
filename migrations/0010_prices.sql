-- What tokens cost, and since when: a history that nothing changes, the price that each row was priced by, and re-prices.

alter table models drop constraint models_price_source_check;
alter table models
    add constraint models_price_source_check check (price_source in ('model', 'published', 'upstream', 'unknown')),
    add column input_audio_cost_per_million      numeric check (input_audio_cost_per_million >= 0),
    add column cache_read_audio_cost_per_million numeric check (cache_read_audio_cost_per_million >= 0),
    add column output_audio_cost_per_million     numeric check (output_audio_cost_per_million >= 0),
    add column output_image_cost_per_million     numeric check (output_image_cost_per_million >= 0),
    add column price_tiers                       jsonb not null default '[]',
    add column price_id                          uuid not null default gen_random_uuid(),
    add column price_valid_from                  timestamptz;
update models set price_valid_from = updated_at;

-- It outlives its model, for rows of the log name it.
create table model_prices (
    id          uuid primary key,
    model_id    uuid not null,
    model       text not null,                          -- its name then
    valid_from  timestamptz not null,
    recorded_at timestamptz not null default clock_timestamp(),
    price       jsonb not null                          -- records.ModelPrice, its figures as texts
);
create index on model_prices (model_id, valid_from, recorded_at);

-- The price of a model, as records.ModelPrice has it.
create function price_of(model models) returns jsonb language sql stable as $$
    select jsonb_strip_nulls(jsonb_build_object(
        'input', trim_scale(model.input_cost_per_million)::text,
        'output', trim_scale(model.output_cost_per_million)::text,
        'cache_read', trim_scale(model.cache_read_cost_per_million)::text,
        'cache_write_5m', trim_scale(model.cache_write_5m_cost_per_million)::text,
        'cache_write_1h', trim_scale(model.cache_write_1h_cost_per_million)::text,
        'input_audio', trim_scale(model.input_audio_cost_per_million)::text,
        'cache_read_audio', trim_scale(model.cache_read_audio_cost_per_million)::text,
        'output_audio', trim_scale(model.output_audio_cost_per_million)::text,
        'output_image', trim_scale(model.output_image_cost_per_million)::text,
        'source', model.price_source,
        'tiers', model.price_tiers))
$$;

insert into model_prices (id, model_id, model, valid_from, price)
    select m.price_id, m.id, m.name, m.price_valid_from, price_of(m) from models m;

-- Whoever changes a price makes a new one, which holds from now on, or from when they say.
create function date_price() returns trigger language plpgsql set search_path from current as $$
begin
    if tg_op = 'INSERT' then
        new.price_valid_from := coalesce(new.price_valid_from, new.created_at);
    elsif price_of(new) is distinct from price_of(old) or new.price_valid_from is distinct from old.price_valid_from then
        new.price_id := gen_random_uuid();
        if new.price_valid_from is not distinct from old.price_valid_from then
            new.price_valid_from := new.updated_at;
        end if;
    end if;
    return new;
end $$;

create function keep_price() returns trigger language plpgsql set search_path from current as $$
begin
    insert into model_prices (id, model_id, model, valid_from, price)
        values (new.price_id, new.id, new.name, new.price_valid_from, price_of(new))
        on conflict (id) do nothing;
    return null;
end $$;

create trigger date_price before insert or update on models for each row execute function date_price();
create trigger keep_price after insert or update on models for each row execute function keep_price();

alter table requests
    add column input_audio_tokens      bigint not null default 0,
    add column cache_read_audio_tokens bigint not null default 0,
    add column output_audio_tokens     bigint not null default 0,
    add column output_image_tokens     bigint not null default 0,
    add column service_tier            text not null default '',
    add column price_id                uuid,
    add column price_valid_from        timestamptz;

-- A re-price: the only thing that changes a row of the log, and what it changed.
create table repricings (
    id                 uuid primary key,
    started_at         timestamptz not null,
    finished_at        timestamptz,
    by                 text not null,
    model              text not null,
    since              timestamptz,
    until              timestamptz,
    every              boolean not null,
    requests_seen      bigint not null default 0,
    requests_priced    bigint not null default 0,
    requests_unknown   bigint not null default 0,
    difference         numeric not null default 0
);
create index on repricings (started_at);

create table repriced_requests (
    repricing_id    uuid not null references repricings on delete cascade,
    request_id      uuid not null,
    timestamp       timestamptz not null,
    model           text not null,
    price_id_before uuid,
    price_id        uuid not null,
    cost_before     numeric,
    cost            numeric not null,
    primary key (repricing_id, timestamp, request_id)
);

-- Totals and budgets follow in the transaction that re-prices: by the difference, so that each row counts as it is now.
create function change_usage() returns trigger language plpgsql set search_path from current as $$
begin
    perform from usage_hourly h
    where (h.dimension, h.bucket, h.dimension_id) in (
        select d.dimension, date_trunc('hour', n.timestamp, 'UTC'), d.dimension_id
        from changed n
        cross join lateral (values
            ('total', ''), ('key', coalesce(n.llm_key_id::text, '')), ('model', n.model), ('upstream', n.upstream_id::text)
        ) as d (dimension, dimension_id)
    )
    order by h.dimension, h.bucket, h.dimension_id
    for update;

    update usage_hourly h set
        unpriced = h.unpriced + c.unpriced,
        cost = h.cost + c.cost,
        cost_input = h.cost_input + c.cost_input,
        cost_output = h.cost_output + c.cost_output,
        cost_cache_read = h.cost_cache_read + c.cost_cache_read,
        cost_cache_write = h.cost_cache_write + c.cost_cache_write
    from (
        select d.dimension, date_trunc('hour', n.timestamp, 'UTC') as bucket, d.dimension_id,
               sum(case when n.input_tokens + n.output_tokens + n.cache_read_tokens + n.cache_write_5m_tokens
                             + n.cache_write_1h_tokens > 0
                        then (n.cost is null)::int - (o.cost is null)::int else 0 end) as unpriced,
               sum(coalesce(n.cost, 0) - coalesce(o.cost, 0)) as cost,
               sum(coalesce(n.cost_input, 0) - coalesce(o.cost_input, 0)) as cost_input,
               sum(coalesce(n.cost_output, 0) - coalesce(o.cost_output, 0)) as cost_output,
               sum(coalesce(n.cost_cache_read, 0) - coalesce(o.cost_cache_read, 0)) as cost_cache_read,
               sum(coalesce(n.cost_cache_write, 0) - coalesce(o.cost_cache_write, 0)) as cost_cache_write
        from changed n
        join unchanged o using (timestamp, id)
        cross join lateral (values
            ('total', '', true),
            ('key', coalesce(n.llm_key_id::text, ''), true),
            ('model', n.model, n.upstream_id is not null),
            ('upstream', n.upstream_id::text, n.upstream_id is not null)
        ) as d (dimension, dimension_id, counts)
        where d.counts
        group by d.dimension, bucket, d.dimension_id
    ) c
    where (h.dimension, h.bucket, h.dimension_id) = (c.dimension, c.bucket, c.dimension_id);
    return null;
end $$;

create function change_budget_spend() returns trigger language plpgsql set search_path from current as $$
begin
    lock table budgets in row share mode;
    if not exists (select from budgets) then
        return null;
    end if;
    insert into budget_spend as held
    select b.id, m.subject, p.period_start, sum(coalesce(n.cost, 0) - coalesce(o.cost, 0)),
           sum((n.cost is null)::int - (o.cost is null)::int), clock_timestamp()
    from changed n
    join unchanged o using (timestamp, id)
    cross join budgets b
    cross join lateral budget_meter(b.scope, b.subject, n.llm_key_id, n.model, n.upstream_name, n.client_name,
                                    n.session_id) as m (subject)
    cross join lateral budget_period_start(b.period, b.time_zone, n.timestamp) as p (period_start)
    where n.cost is distinct from o.cost and m.subject is not null
      -- What was before the budget's first period is on no meter.
      and (p.period_start >= budget_period_start(b.period, b.time_zone, b.created_at)
           or exists (select from budget_spend s
                      where (s.budget_id, s.subject, s.period_start) = (b.id, m.subject, p.period_start)))
    group by b.id, m.subject, p.period_start
    order by b.id, m.subject, p.period_start
    on conflict (budget_id, subject, period_start) do update set
        spent = held.spent + excluded.spent,
        unpriced = held.unpriced + excluded.unpriced,
        updated_at = excluded.updated_at;
    return null;
end $$;

-- By their names they fire in the order in which an insert's do.
create trigger change_usage after update on requests
    referencing old table as unchanged new table as changed for each statement execute function change_usage();
create trigger count_change after update on requests
    referencing old table as unchanged new table as changed for each statement execute function change_budget_spend();
