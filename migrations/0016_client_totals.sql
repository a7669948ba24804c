-- Totals of five minutes by key and by client too, so that they have time series in every time zone; those of hours and days have
-- been there since 0003 and 0012.

alter table usage_5m drop constraint usage_5m_dimension_check;
alter table usage_5m add constraint usage_5m_dimension_check check (dimension in ('total', 'key', 'model', 'client'));

create or replace function add_usage_5m() returns trigger language plpgsql set search_path from current as $$
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
    cross join lateral (values
        ('total', '', true),
        ('key', coalesce(r.llm_key_id::text, ''), true),
        ('model', r.model, r.upstream_id is not null),
        ('client', without_version(r.client_name), r.upstream_id is not null)
    ) as d (dimension, dimension_id, counts)
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

create or replace function change_usage_5m() returns trigger language plpgsql set search_path from current as $$
begin
    update usage_5m as held set cost = held.cost + change.cost, unpriced = held.unpriced + change.unpriced
    from (
        select d.dimension, five_minutes(r.timestamp) as bucket, d.dimension_id,
               coalesce(sum(r.sign * r.cost), 0) as cost,
               coalesce(sum(r.sign) filter (where r.cost is null and r.input_tokens + r.output_tokens + r.cache_read_tokens
                   + r.cache_write_5m_tokens + r.cache_write_1h_tokens > 0), 0) as unpriced
        from (select 1 as sign, * from changed union all select -1, * from unchanged) r
        cross join lateral (values
            ('total', '', true),
            ('key', coalesce(r.llm_key_id::text, ''), true),
            ('model', r.model, r.upstream_id is not null),
            ('client', without_version(r.client_name), r.upstream_id is not null)
        ) as d (dimension, dimension_id, counts)
        where d.counts
        group by d.dimension, bucket, d.dimension_id
    ) as change
    where (held.dimension, held.bucket, held.dimension_id) = (change.dimension, change.bucket, change.dimension_id)
      and (change.cost <> 0 or change.unpriced <> 0);
    return null;
end $$;

-- What was counted before: from the log ...
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
cross join lateral (values
    ('key', coalesce(r.llm_key_id::text, ''), true),
    ('client', without_version(r.client_name), r.upstream_id is not null)
) as d (dimension, dimension_id, counts)
where d.counts and r.timestamp >= date_trunc('hour', now() - interval '32 days')
group by d.dimension, bucket, d.dimension_id;

-- ... and where its rows are gone, an hour as its first five minutes.
insert into usage_5m
select dimension, bucket, dimension_id, requests, errors, unpriced, input_tokens, output_tokens, cache_read_tokens,
       cache_write_tokens, cost, latency_ms, ttft_ms, ttft_count, overhead_us
from usage_hourly h
where h.dimension in ('key', 'client') and h.bucket >= date_trunc('hour', now() - interval '32 days')
  and not exists (select from usage_5m f where f.dimension = h.dimension and f.dimension_id = h.dimension_id
                  and f.bucket >= h.bucket and f.bucket < h.bucket + interval '1 hour');
