-- The names by which models stand in the log: a part of a name is looked for here, then each name's rows by their index.

create table model_names (
    model text primary key
);

-- In the order of the primary key, so that several writers cannot deadlock.
create function add_model_names() returns trigger language plpgsql set search_path from current as $$
begin
    insert into model_names select distinct model from added order by 1 on conflict do nothing;
    return null;
end $$;

create trigger add_model_names after insert on requests
    referencing new table as added for each statement execute function add_model_names();

-- What the log has: from name to name by the index, for its rows may be millions.
with recursive names as (
    select min(model) as model from requests
    union all
    select (select min(r.model) from requests r where r.model > n.model) from names n where n.model is not null
)
insert into model_names select model from names where model is not null;
