-- Totals by the hour, kept for ever: they outlive the log's retention and make statistics cheap.
-- A statement trigger adds to them in the transaction that writes the rows, so each row counts exactly once.

create table usage_hourly (
    dimension          text not null check (dimension in ('total', 'key', 'model', 'upstream')),
    bucket             timestamptz not null,
    dimension_id       text not null,               -- '' for the total and for requests without a key
    label              text not null,               -- the name it had then: it may have been deleted since
    requests           bigint not null,
    errors             bigint not null,
    unpriced           bigint not null,
    input_tokens       bigint not null,
    output_tokens      bigint not null,
    cache_read_tokens  bigint not null,
    cache_write_tokens bigint not null,
    cost               numeric not null,
    cost_input         numeric not null,
    cost_output        numeric not null,
    cost_cache_read    numeric not null,
    cost_cache_write   numeric not null,
    latency_ms         double precision not null,   -- sums; divide by requests
    ttft_ms            double precision not null,   -- divide by ttft_count
    ttft_count         bigint not null,
    overhead_us        bigint not null,
    primary key (dimension, bucket, dimension_id)
);

-- Sparse histograms for percentiles: bin n counts values in [1.11^n, 1.11^(n+1)), bin 0 also what is smaller.
create table latency_hourly (
    dimension    text not null check (dimension in ('total', 'upstream')),
    bucket       timestamptz not null,
    dimension_id text not null,
    metric       text not null check (metric in ('latency_ms', 'ttft_ms', 'overhead_us')),
    bin          smallint not null,
    count        bigint not null,
    primary key (dimension, bucket, dimension_id, metric, bin)
);

create function latency_bin(value double precision) returns smallint language sql immutable
    return floor(ln(greatest(value, 1)) / ln(1.11))::smallint;

-- Rows are added in the order of the primary key, so that several writers cannot deadlock.
create function add_usage() returns trigger language plpgsql set search_path from current as $$
begin
    insert into usage_hourly as held
    select d.dimension, date_trunc('hour', r.timestamp, 'UTC') as bucket, d.dimension_id, max(d.label),
           count(*),
           count(*) filter (where r.outcome not in ('ok', 'cancelled')),
           count(*) filter (where r.cost is null and r.input_tokens + r.output_tokens + r.cache_read_tokens
                                                     + r.cache_write_5m_tokens + r.cache_write_1h_tokens > 0),
           sum(r.input_tokens), sum(r.output_tokens), sum(r.cache_read_tokens),
           sum(r.cache_write_5m_tokens + r.cache_write_1h_tokens),
           coalesce(sum(r.cost), 0), coalesce(sum(r.cost_input), 0), coalesce(sum(r.cost_output), 0),
           coalesce(sum(r.cost_cache_read), 0), coalesce(sum(r.cost_cache_write), 0),
           sum(r.latency_ms), coalesce(sum(r.ttft_ms), 0), count(r.ttft_ms), sum(r.overhead_us)
    from added r
    cross join lateral (values
        ('total', '', '', true),
        ('key', coalesce(r.llm_key_id::text, ''), r.key_name, true),
        -- Names that clients made up never reached a model: they are no dimension of the statistics.
        ('model', r.model, '', r.upstream_id is not null),
        ('upstream', r.upstream_id::text, r.upstream_name, r.upstream_id is not null)
    ) as d (dimension, dimension_id, label, counts)
    where d.counts
    group by d.dimension, bucket, d.dimension_id
    order by d.dimension, bucket, d.dimension_id
    on conflict (dimension, bucket, dimension_id) do update set
        label = excluded.label,
        requests = held.requests + excluded.requests,
        errors = held.errors + excluded.errors,
        unpriced = held.unpriced + excluded.unpriced,
        input_tokens = held.input_tokens + excluded.input_tokens,
        output_tokens = held.output_tokens + excluded.output_tokens,
        cache_read_tokens = held.cache_read_tokens + excluded.cache_read_tokens,
        cache_write_tokens = held.cache_write_tokens + excluded.cache_write_tokens,
        cost = held.cost + excluded.cost,
        cost_input = held.cost_input + excluded.cost_input,
        cost_output = held.cost_output + excluded.cost_output,
        cost_cache_read = held.cost_cache_read + excluded.cost_cache_read,
        cost_cache_write = held.cost_cache_write + excluded.cost_cache_write,
        latency_ms = held.latency_ms + excluded.latency_ms,
        ttft_ms = held.ttft_ms + excluded.ttft_ms,
        ttft_count = held.ttft_count + excluded.ttft_count,
        overhead_us = held.overhead_us + excluded.overhead_us;

    insert into latency_hourly as held
    select d.dimension, date_trunc('hour', r.timestamp, 'UTC') as bucket, d.dimension_id, m.metric,
           latency_bin(m.value) as bin, count(*)
    from added r
    cross join lateral (values
        ('total', ''),
        ('upstream', r.upstream_id::text)
    ) as d (dimension, dimension_id)
    cross join lateral (values
        ('latency_ms', r.latency_ms),
        ('ttft_ms', r.ttft_ms),
        ('overhead_us', r.overhead_us::double precision)
    ) as m (metric, value)
    where d.dimension_id is not null and m.value is not null
    group by d.dimension, bucket, d.dimension_id, m.metric, bin
    order by d.dimension, bucket, d.dimension_id, m.metric, bin
    on conflict (dimension, bucket, dimension_id, metric, bin) do update set
        count = held.count + excluded.count;
    return null;
end $$;

create trigger add_usage after insert on requests
    referencing new table as added for each statement execute function add_usage();
