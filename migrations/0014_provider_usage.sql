-- What providers say was used, as imported from their exports, and what pxbin counted in the same terms: by the UTC day, the
-- upstream, and the model by the name that this upstream has for it.

-- It outlives the rows of the log, as the hourly totals do, and the upstream.
create table served_usage (
    day                date not null,                   -- in UTC, as providers count
    upstream_id        uuid not null,
    upstream_model     text not null,
    requests           bigint not null,
    estimated          bigint not null,                 -- of these, whose tokens pxbin estimated
    unpriced           bigint not null,
    input_tokens       bigint not null,
    output_tokens      bigint not null,
    cache_read_tokens  bigint not null,
    cache_write_tokens bigint not null,
    cost               numeric not null,
    primary key (upstream_id, day, upstream_model)
);

-- In the transaction that writes the rows, so that each counts exactly once; in the order of the primary key, so that
-- several writers cannot deadlock. By its name it fires before what counts the other totals, for inserts as for updates.
create function add_served() returns trigger language plpgsql set search_path from current as $$
begin
    insert into served_usage as held
    select (r.timestamp at time zone 'UTC')::date as day, r.upstream_id, r.upstream_model, count(*),
           count(*) filter (where r.usage_estimated),
           count(*) filter (where r.cost is null and r.input_tokens + r.output_tokens + r.cache_read_tokens
                                                     + r.cache_write_5m_tokens + r.cache_write_1h_tokens > 0),
           sum(r.input_tokens), sum(r.output_tokens), sum(r.cache_read_tokens),
           sum(r.cache_write_5m_tokens + r.cache_write_1h_tokens), coalesce(sum(r.cost), 0)
    from added r
    where r.upstream_id is not null
    group by r.upstream_id, day, r.upstream_model
    order by r.upstream_id, day, r.upstream_model
    on conflict (upstream_id, day, upstream_model) do update set
        requests = held.requests + excluded.requests,
        estimated = held.estimated + excluded.estimated,
        unpriced = held.unpriced + excluded.unpriced,
        input_tokens = held.input_tokens + excluded.input_tokens,
        output_tokens = held.output_tokens + excluded.output_tokens,
        cache_read_tokens = held.cache_read_tokens + excluded.cache_read_tokens,
        cache_write_tokens = held.cache_write_tokens + excluded.cache_write_tokens,
        cost = held.cost + excluded.cost;
    return null;
end $$;

create trigger add_served after insert on requests
    referencing new table as added for each statement execute function add_served();

-- A cost that is found out later changes the sums by the difference.
create function change_served() returns trigger language plpgsql set search_path from current as $$
declare
    change record;
begin
    for change in
        select n.upstream_id, (n.timestamp at time zone 'UTC')::date as day, n.upstream_model,
               sum(coalesce(n.cost, 0) - coalesce(o.cost, 0)) as cost,
               sum(case when n.input_tokens + n.output_tokens + n.cache_read_tokens + n.cache_write_5m_tokens
                             + n.cache_write_1h_tokens > 0
                        then (n.cost is null)::integer - (o.cost is null)::integer else 0 end) as unpriced
        from changed n
        join unchanged o using (timestamp, id)
        where n.cost is distinct from o.cost and n.upstream_id is not null
        group by 1, 2, 3 order by 1, 2, 3
    loop
        update served_usage held set cost = held.cost + change.cost, unpriced = held.unpriced + change.unpriced
        where (held.upstream_id, held.day, held.upstream_model)
              = (change.upstream_id, change.day, change.upstream_model);
    end loop;
    return null;
end $$;

create trigger change_served after update on requests
    referencing old table as unchanged new table as changed for each statement execute function change_served();

-- What the log still has of earlier requests.
insert into served_usage
select (r.timestamp at time zone 'UTC')::date, r.upstream_id, r.upstream_model, count(*),
       count(*) filter (where r.usage_estimated),
       count(*) filter (where r.cost is null and r.input_tokens + r.output_tokens + r.cache_read_tokens
                                                 + r.cache_write_5m_tokens + r.cache_write_1h_tokens > 0),
       sum(r.input_tokens), sum(r.output_tokens), sum(r.cache_read_tokens),
       sum(r.cache_write_5m_tokens + r.cache_write_1h_tokens), coalesce(sum(r.cost), 0)
from requests r
where r.upstream_id is not null
group by 1, 2, 3;

-- A file that was imported; it goes when later ones have replaced all that it said.
create table provider_imports (
    id          uuid primary key,
    upstream_id uuid not null references upstreams on delete cascade,
    format      text not null,
    file_name   text not null,
    sha256      text not null,                          -- of the file, in hexadecimal digits
    imported_at timestamptz not null
);
create index on provider_imports (upstream_id);

-- The days that it tells of, also those on which nothing was used.
create table provider_days (
    import_id uuid not null references provider_imports on delete cascade,
    day       date not null,
    primary key (import_id, day)
);

-- Unknown is null: no export says all of it.
create table provider_usage (
    import_id          uuid not null,
    day                date not null,
    model              text not null,                   -- as the provider calls it
    requests           bigint,
    prompt_tokens      bigint,                          -- all that was read; the three classes of it where they are told
    input_tokens       bigint,
    cache_read_tokens  bigint,
    cache_write_tokens bigint,
    output_tokens      bigint,
    cost               numeric,
    cost_rounding      numeric not null,                -- how far the export's own rounding may have moved the cost
    primary key (import_id, day, model),
    foreign key (import_id, day) references provider_days on delete cascade
);
