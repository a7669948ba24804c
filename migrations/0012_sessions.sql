-- Who spent it: the project directory of a request, sums by client, and what each session and each of its agents used.

alter table requests add column project text not null default '';

-- A fourth dimension of the hourly totals: by client, without its version.
alter table usage_hourly drop constraint usage_hourly_dimension_check;
alter table usage_hourly add constraint usage_hourly_dimension_check
    check (dimension in ('total', 'key', 'model', 'upstream', 'client'));

create or replace function add_usage() returns trigger language plpgsql set search_path from current as $$
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
        ('upstream', r.upstream_id::text, r.upstream_name, r.upstream_id is not null),
        ('client', without_version(r.client_name), '', r.upstream_id is not null)
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

-- Sums of a whole session, and of each of its agents. They outlive the rows of the log, as the hourly totals do.
-- Whose they are (client, key, parent, project) is what was said of them first.
create table session_usage (
    session_id         text not null,
    level              text not null check (level in ('session', 'agent')),
    agent_id           text not null,               -- '' for the whole session, and for its main agent
    parent_agent_id    text not null,               -- '' where the main agent started it
    client             text not null,               -- without its version
    llm_key_id         uuid not null,
    key_name           text not null,               -- the name it had then
    project            text not null,
    first_at           timestamptz not null,
    last_at            timestamptz not null,
    requests           bigint not null,
    errors             bigint not null,
    unpriced           bigint not null,
    input_tokens       bigint not null,
    output_tokens      bigint not null,
    cache_read_tokens  bigint not null,
    cache_write_tokens bigint not null,
    cost               numeric not null,
    primary key (session_id, level, agent_id)
);
create index on session_usage (last_at desc, session_id) include (cost) where level = 'session';

-- In the transaction that writes the rows, so that each counts exactly once; in the order of the primary key, so that
-- several writers cannot deadlock.
create function add_sessions() returns trigger language plpgsql set search_path from current as $$
begin
    insert into session_usage as held
    with said as (
        select r.session_id, s.level, s.of_agent, s.of_parent, r.timestamp, r.client_name, r.llm_key_id, r.key_name,
               r.project, r.outcome, r.input_tokens, r.output_tokens, r.cache_read_tokens,
               r.cache_write_5m_tokens + r.cache_write_1h_tokens as cache_write_tokens, r.cost
        from added r
        cross join lateral (values
            ('session', '', ''),
            ('agent', coalesce(r.agent_id, ''), coalesce(r.parent_agent_id, ''))
        ) as s (level, of_agent, of_parent)
        -- What a client says of sessions counts for nothing where no key of pxbin vouches for it.
        where r.session_id is not null and r.llm_key_id is not null
    ), first as (
        select distinct on (session_id, level, of_agent)
               session_id, level, of_agent, of_parent, without_version(client_name) as client, llm_key_id, key_name
        from said order by session_id, level, of_agent, timestamp
    ), sums as (
        select session_id, level, of_agent, max(project) as project, min(timestamp), max(timestamp), count(*),
               count(*) filter (where outcome not in ('ok', 'cancelled')),
               count(*) filter (where cost is null
                                      and input_tokens + output_tokens + cache_read_tokens + cache_write_tokens > 0),
               sum(input_tokens), sum(output_tokens), sum(cache_read_tokens), sum(cache_write_tokens),
               coalesce(sum(cost), 0)
        from said group by session_id, level, of_agent
    )
    select * from first join sums using (session_id, level, of_agent)
    order by session_id, level, of_agent
    on conflict (session_id, level, agent_id) do update set
        project = coalesce(nullif(held.project, ''), excluded.project),
        first_at = least(held.first_at, excluded.first_at),
        last_at = greatest(held.last_at, excluded.last_at),
        requests = held.requests + excluded.requests,
        errors = held.errors + excluded.errors,
        unpriced = held.unpriced + excluded.unpriced,
        input_tokens = held.input_tokens + excluded.input_tokens,
        output_tokens = held.output_tokens + excluded.output_tokens,
        cache_read_tokens = held.cache_read_tokens + excluded.cache_read_tokens,
        cache_write_tokens = held.cache_write_tokens + excluded.cache_write_tokens,
        cost = held.cost + excluded.cost;
    return null;
end $$;

create trigger add_sessions after insert on requests
    referencing new table as added for each statement execute function add_sessions();

-- A cost that is found out later changes the sums by the difference. By its name it fires before what follows it for the
-- other dimensions, so that all is locked in the order in which an insert locks it.
create function change_sessions() returns trigger language plpgsql set search_path from current as $$
declare
    by_session record;
    by_client  record;
begin
    for by_session in
        select n.session_id, s.level, s.agent_id,
               sum(coalesce(n.cost, 0) - coalesce(o.cost, 0)) as cost,
               sum(case when n.input_tokens + n.output_tokens + n.cache_read_tokens + n.cache_write_5m_tokens
                             + n.cache_write_1h_tokens > 0
                        then (n.cost is null)::integer - (o.cost is null)::integer else 0 end) as unpriced
        from changed n
        join unchanged o using (timestamp, id)
        cross join lateral (values ('session', ''), ('agent', coalesce(n.agent_id, ''))) as s (level, agent_id)
        where n.cost is distinct from o.cost and n.session_id is not null and n.llm_key_id is not null
        group by n.session_id, s.level, s.agent_id
        order by n.session_id, s.level, s.agent_id
    loop
        update session_usage held set
            cost = held.cost + by_session.cost,
            unpriced = held.unpriced + by_session.unpriced
        where (held.session_id, held.level, held.agent_id)
              = (by_session.session_id, by_session.level, by_session.agent_id);
    end loop;

    for by_client in
        select date_trunc('hour', n.timestamp, 'UTC') as bucket, without_version(n.client_name) as client,
               sum(case when n.input_tokens + n.output_tokens + n.cache_read_tokens + n.cache_write_5m_tokens
                             + n.cache_write_1h_tokens > 0
                        then (n.cost is null)::integer - (o.cost is null)::integer else 0 end) as unpriced,
               sum(coalesce(n.cost, 0) - coalesce(o.cost, 0)) as cost,
               sum(coalesce(n.cost_input, 0) - coalesce(o.cost_input, 0)) as cost_input,
               sum(coalesce(n.cost_output, 0) - coalesce(o.cost_output, 0)) as cost_output,
               sum(coalesce(n.cost_cache_read, 0) - coalesce(o.cost_cache_read, 0)) as cost_cache_read,
               sum(coalesce(n.cost_cache_write, 0) - coalesce(o.cost_cache_write, 0)) as cost_cache_write
        from changed n
        join unchanged o using (timestamp, id)
        where n.cost is distinct from o.cost and n.upstream_id is not null
        group by 1, 2 order by 1, 2
    loop
        update usage_hourly held set
            unpriced = held.unpriced + by_client.unpriced,
            cost = held.cost + by_client.cost,
            cost_input = held.cost_input + by_client.cost_input,
            cost_output = held.cost_output + by_client.cost_output,
            cost_cache_read = held.cost_cache_read + by_client.cost_cache_read,
            cost_cache_write = held.cost_cache_write + by_client.cost_cache_write
        where (held.dimension, held.bucket, held.dimension_id) = ('client', by_client.bucket, by_client.client);
    end loop;
    return null;
end $$;

create trigger change_sessions after update on requests
    referencing old table as unchanged new table as changed for each statement execute function change_sessions();

-- What the log still has of earlier requests.
insert into usage_hourly
select 'client', date_trunc('hour', r.timestamp, 'UTC'), without_version(r.client_name), '', count(*),
       count(*) filter (where r.outcome not in ('ok', 'cancelled')),
       count(*) filter (where r.cost is null and r.input_tokens + r.output_tokens + r.cache_read_tokens
                                                 + r.cache_write_5m_tokens + r.cache_write_1h_tokens > 0),
       sum(r.input_tokens), sum(r.output_tokens), sum(r.cache_read_tokens),
       sum(r.cache_write_5m_tokens + r.cache_write_1h_tokens),
       coalesce(sum(r.cost), 0), coalesce(sum(r.cost_input), 0), coalesce(sum(r.cost_output), 0),
       coalesce(sum(r.cost_cache_read), 0), coalesce(sum(r.cost_cache_write), 0),
       sum(r.latency_ms), coalesce(sum(r.ttft_ms), 0), count(r.ttft_ms), sum(r.overhead_us)
from requests r
where r.upstream_id is not null
group by 2, 3;

insert into session_usage
    with said as (
        select r.session_id, s.level, s.of_agent, s.of_parent, r.timestamp, r.client_name, r.llm_key_id, r.key_name,
               r.project, r.outcome, r.input_tokens, r.output_tokens, r.cache_read_tokens,
               r.cache_write_5m_tokens + r.cache_write_1h_tokens as cache_write_tokens, r.cost
        from requests r
        cross join lateral (values
            ('session', '', ''),
            ('agent', coalesce(r.agent_id, ''), coalesce(r.parent_agent_id, ''))
        ) as s (level, of_agent, of_parent)
        -- What a client says of sessions counts for nothing where no key of pxbin vouches for it.
        where r.session_id is not null and r.llm_key_id is not null
    ), first as (
        select distinct on (session_id, level, of_agent)
               session_id, level, of_agent, of_parent, without_version(client_name) as client, llm_key_id, key_name
        from said order by session_id, level, of_agent, timestamp
    ), sums as (
        select session_id, level, of_agent, max(project) as project, min(timestamp), max(timestamp), count(*),
               count(*) filter (where outcome not in ('ok', 'cancelled')),
               count(*) filter (where cost is null
                                      and input_tokens + output_tokens + cache_read_tokens + cache_write_tokens > 0),
               sum(input_tokens), sum(output_tokens), sum(cache_read_tokens), sum(cache_write_tokens),
               coalesce(sum(cost), 0)
        from said group by session_id, level, of_agent
    )
    select * from first join sums using (session_id, level, of_agent)
    order by session_id, level, of_agent;

