-- Budgets in dollars: what may be spent, what was, and which engine holds how much of the rest.

-- When the period of a budget began that holds at that moment. gateway.budgets.period has the same rule.
create function budget_period_start(period text, time_zone text, at timestamptz) returns timestamptz
    language sql stable
    return case period when 'total' then timestamptz 'epoch' else date_trunc(period, at, time_zone) end;

create table budgets (
    id         uuid primary key,
    name       text not null unique,
    scope      text not null check (scope in ('all', 'key', 'model', 'upstream', 'client', 'session')),
    subject    text not null check (subject = '' or scope <> 'all'),
    period     text not null check (period in ('day', 'week', 'month', 'total')),
    -- Also refuses a zone that this server does not know: counting by it would fail.
    time_zone  text not null check (budget_period_start('day', time_zone, 'epoch') is not null),
    "limit"    numeric not null check ("limit" > 0),
    warn_share double precision not null check (warn_share > 0 and warn_share <= 1),
    is_hard    boolean not null,
    is_active  boolean not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create trigger notify after insert or delete or update on budgets
    for each statement execute function notify_configuration('budgets');

-- A meter: one for a budget, or one for each subject of its scope; anew in each period.
create table budget_spend (
    budget_id    uuid not null references budgets on delete cascade,
    subject      text not null,                   -- '' where the budget has one meter
    period_start timestamptz not null,
    spent        numeric not null,
    unpriced     bigint not null,                 -- requests whose price is unknown
    updated_at   timestamptz not null,
    primary key (budget_id, subject, period_start)
);
create index on budget_spend (updated_at);

-- What an engine may spend of a meter without asking again. What was granted and is not in spent yet is never granted twice.
create table budget_leases (
    budget_id    uuid not null references budgets on delete cascade,
    subject      text not null,
    period_start timestamptz not null,
    engine_id    uuid not null,
    amount       numeric not null,
    unmet        numeric not null,                -- what it asked for beyond that
    expires_at   timestamptz not null,
    primary key (budget_id, subject, period_start, engine_id)
);

-- "Claude Code 2.1.330" is "Claude Code". gateway.client_names.without_version has the same rule.
create function without_version(client_name text) returns text language sql immutable
    return regexp_replace(client_name, ' v?[0-9][0-9A-Za-z_.+-]*$', '');

-- The subject of the meter on which a row counts for a budget; null: on none.
create function budget_meter(scope text, subject text, key_id uuid, model text, upstream text, client text, session text)
    returns text language sql immutable set search_path from current as $$
    select case when scope = 'all' then '' when subject = '' then nullif(said, '') when said = subject then '' end
    from (select case scope
        when 'key' then key_id::text
        when 'model' then model
        when 'upstream' then upstream
        when 'client' then without_version(client)
        when 'session' then session
    end as said) r
$$;

-- In the transaction that writes the rows, so that each counts exactly once, whoever sends it how often. Budgets that are
-- switched off are counted too: switching on then needs no second count. The lock keeps a budget from being made or
-- changed between what this transaction saw of it and its commit; a change takes the lock that conflicts.
create function add_budget_spend() returns trigger language plpgsql set search_path from current as $$
begin
    lock table budgets in row share mode;
    if not exists (select from budgets) then
        return null;
    end if;
    insert into budget_spend as held
    select b.id, m.subject, budget_period_start(b.period, b.time_zone, r.timestamp) as period_start,
           coalesce(sum(r.cost), 0), count(*) filter (where r.cost is null), clock_timestamp()
    from added r
    cross join budgets b
    cross join lateral budget_meter(b.scope, b.subject, r.llm_key_id, r.model, r.upstream_name, r.client_name,
                                    r.session_id) as m (subject)
    where r.cost is distinct from 0 and m.subject is not null
    group by b.id, m.subject, period_start
    order by b.id, m.subject, period_start
    on conflict (budget_id, subject, period_start) do update set
        spent = held.spent + excluded.spent,
        unpriced = held.unpriced + excluded.unpriced,
        updated_at = excluded.updated_at;
    return null;
end $$;

-- By its name it fires after add_usage: the meters, which leases wait for, are locked for the shortest time.
create trigger count_budgets after insert on requests
    referencing new table as added for each statement execute function add_budget_spend();
