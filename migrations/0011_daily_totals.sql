-- Totals by five minutes and by the day, beside those by the hour: for steps that do not begin with the UTC hour, as in time
-- zones that are off by half of one, and for sums and percentiles of a month.

-- What time series show, in the shape of usage_hourly. A period reaches back 30 days: what is older is deleted.
create table usage_5m (
    dimension          text not null check (dimension in ('total', 'model')),
    bucket             timestamptz not null,
    dimension_id       text not null,
    requests           bigint not null,
    errors             bigint not null,
    unpriced           bigint not null,
    input_tokens       bigint not null,
    output_tokens      bigint not null,
    cache_read_tokens  bigint not null,
    cache_write_tokens bigint not null,
    cost               numeric not null,
    latency_ms         double precision not null,
    ttft_ms            double precision not null,
    ttft_count         bigint not null,
    overhead_us        bigint not null,
    primary key (dimension, bucket, dimension_id)
);

create function five_minutes(at timestamptz) returns timestamptz language sql immutable
    return date_bin(interval '5 minutes', at, timestamptz 'epoch');

-- Fires after add_usage, by its name; the same rows in the same order, so that several writers cannot deadlock.
create function add_usage_5m() returns trigger language plpgsql set search_path from current as $$
begin
    insert into usage_5m as held
    select d.dimension, five_minutes(r.timestamp) as bucket, d.dimension_id,
           count(*),
           count(*) filter (where r.outcome not in ('ok', 'cancelled')),
           count(*) filter (where r.cost is null and r.input_tokens + r.output_tokens + r.cache_read_tokens
                                                     + r.cache_write_5m_tokens + r.cache_write_1h_tokens > 0),
           sum(r.input_tokens), sum(r.output_tokens), sum(r.cache_read_tokens),
           sum(r.cache_write_5m_tokens + r.cache_write_1h_tokens), coalesce(sum(r.cost), 0),
           sum(r.latency_ms), coalesce(sum(r.ttft_ms), 0), count(r.ttft_ms), sum(r.overhead_us)
    from added r
    cross join lateral (values ('total', '', true), ('model', r.model, r.upstream_id is not null))
        as d (dimension, dimension_id, counts)
    where d.counts
    group by d.dimension, bucket, d.dimension_id
    order by d.dimension, bucket, d.dimension_id
    on conflict (dimension, bucket, dimension_id) do update set
        requests = held.requests + excluded.requests,
        errors = held.errors + excluded.errors,
        unpriced = held.unpriced + excluded.unpriced,
        input_tokens = held.input_tokens + excluded.input_tokens,
        output_tokens = held.output_tokens + excluded.output_tokens,
        cache_read_tokens = held.cache_read_tokens + excluded.cache_read_tokens,
        cache_write_tokens = held.cache_write_tokens + excluded.cache_write_tokens,
        cost = held.cost + excluded.cost,
        latency_ms = held.latency_ms + excluded.latency_ms,
        ttft_ms = held.ttft_ms + excluded.ttft_ms,
        ttft_count = held.ttft_count + excluded.ttft_count,
        overhead_us = held.overhead_us + excluded.overhead_us;
    return null;
end $$;

create trigger add_usage_5m after insert on requests
    referencing new table as added for each statement execute function add_usage_5m();

-- What a row costs may be said anew.
create function change_usage_5m() returns trigger language plpgsql set search_path from current as $$
begin
    update usage_5m as held set cost = held.cost + change.cost, unpriced = held.unpriced + change.unpriced
    from (
        select d.dimension, five_minutes(r.timestamp) as bucket, d.dimension_id,
               coalesce(sum(r.sign * r.cost), 0) as cost,
               coalesce(sum(r.sign) filter (where r.cost is null and r.input_tokens + r.output_tokens + r.cache_read_tokens
                   + r.cache_write_5m_tokens + r.cache_write_1h_tokens > 0), 0) as unpriced
        from (select 1 as sign, * from changed union all select -1, * from unchanged) r
        cross join lateral (values ('total', '', true), ('model', r.model, r.upstream_id is not null))
            as d (dimension, dimension_id, counts)
        where d.counts
        group by d.dimension, bucket, d.dimension_id
    ) as change
    where (held.dimension, held.bucket, held.dimension_id) = (change.dimension, change.bucket, change.dimension_id)
      and (change.cost <> 0 or change.unpriced <> 0);
    return null;
end $$;

create trigger change_usage_5m after update on requests
    referencing old table as unchanged new table as changed for each statement execute function change_usage_5m();

-- Whole UTC days, added up when a day is over: closed_days says which are.
create table usage_daily (like usage_hourly including indexes);
create table latency_daily (like latency_hourly including indexes);
create table closed_days (day timestamptz primary key);

-- A row that comes late, or whose cost is said anew, opens its day again. Fires, by its name, when usage_hourly was written to:
-- who closes days locks that.
create function open_days() returns trigger language plpgsql set search_path from current as $$
begin
    delete from closed_days where day in (select distinct date_trunc('day', timestamp, 'UTC') from added);
    return null;
end $$;

create trigger open_days after insert on requests
    referencing new table as added for each statement execute function open_days();
create trigger open_days_again after update on requests
    referencing new table as added for each statement execute function open_days();

create index requests_by_upstream on requests (upstream_id, timestamp desc, id desc) where upstream_id is not null;
-- Failures are rare: those of one model are found without reading all of its rows, or all failures.
create index requests_failed_by_model on requests (model, status_code, timestamp desc, id desc) where status_code >= 400;
create index requests_with_errors_by_model on requests (model, timestamp desc, id desc)
    where outcome not in ('ok', 'cancelled');

-- What was counted before these tables were there: from the log ...
insert into usage_5m
select d.dimension, five_minutes(r.timestamp) as bucket, d.dimension_id,
       count(*),
       count(*) filter (where r.outcome not in ('ok', 'cancelled')),
       count(*) filter (where r.cost is null and r.input_tokens + r.output_tokens + r.cache_read_tokens
                                                 + r.cache_write_5m_tokens + r.cache_write_1h_tokens > 0),
       sum(r.input_tokens), sum(r.output_tokens), sum(r.cache_read_tokens),
       sum(r.cache_write_5m_tokens + r.cache_write_1h_tokens), coalesce(sum(r.cost), 0),
       sum(r.latency_ms), coalesce(sum(r.ttft_ms), 0), count(r.ttft_ms), sum(r.overhead_us)
from requests r
cross join lateral (values ('total', '', true), ('model', r.model, r.upstream_id is not null))
    as d (dimension, dimension_id, counts)
where d.counts and r.timestamp >= date_trunc('hour', now() - interval '32 days')
group by d.dimension, bucket, d.dimension_id;

-- ... and where its rows are gone, an hour as its first five minutes.
insert into usage_5m
select dimension, bucket, dimension_id, requests, errors, unpriced, input_tokens, output_tokens, cache_read_tokens,
       cache_write_tokens, cost, latency_ms, ttft_ms, ttft_count, overhead_us
from usage_hourly h
where h.dimension in ('total', 'model') and h.bucket >= date_trunc('hour', now() - interval '32 days')
  and not exists (select from usage_5m f where f.dimension = h.dimension and f.dimension_id = h.dimension_id
                  and f.bucket >= h.bucket and f.bucket < h.bucket + interval '1 hour');
