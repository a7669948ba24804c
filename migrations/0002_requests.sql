-- The log: one row for each request that arrived, a partition a day (made ahead by the engine, dropped by retention).
-- The columns are the fields of records.RequestRecord.

create table requests (
    id                    uuid not null,
    timestamp             timestamptz not null,
    method                text not null,
    path                  text not null,
    input_format          text not null,
    output_format         text not null,
    model                 text not null,
    upstream_model        text not null,
    upstream_id           uuid,
    upstream_name         text not null,
    llm_key_id            uuid,
    key_name              text not null,
    stream                boolean not null,
    status_code           integer not null,
    outcome               text not null,
    error_type            text,
    error_message         text,
    stop_reason           text,
    input_tokens          bigint not null,
    output_tokens         bigint not null,
    cache_read_tokens     bigint not null,
    cache_write_5m_tokens bigint not null,
    cache_write_1h_tokens bigint not null,
    reasoning_tokens      bigint not null,
    usage_estimated       boolean not null,
    cost                  numeric,
    cost_input            numeric,
    cost_output           numeric,
    cost_cache_read       numeric,
    cost_cache_write      numeric,
    price_source          text not null,
    latency_ms            double precision not null,
    ttft_ms               double precision,
    upstream_ms           double precision,
    overhead_us           bigint not null,
    session_id            text,
    agent_id              text,
    parent_agent_id       text,
    client_name           text not null,
    user_agent            text not null,
    remote_addr           text not null,
    attempts              jsonb not null,
    losses                jsonb not null,
    metadata              jsonb not null,
    primary key (timestamp, id)
) partition by range (timestamp);

-- Takes what falls outside of the days that were made ahead, so that no row is ever refused for its time.
create table requests_default partition of requests default;

create index requests_by_key on requests (llm_key_id, timestamp desc, id desc);
create index requests_by_model on requests (model, timestamp desc, id desc);
create index requests_by_session on requests (session_id, timestamp desc, id desc) where session_id is not null;
-- Failures are rare: without this a status that never occurs reads the whole log.
create index requests_failed on requests (status_code, timestamp desc, id desc) where status_code >= 400;
create index requests_with_errors on requests (timestamp desc, id desc) where outcome not in ('ok', 'cancelled');
