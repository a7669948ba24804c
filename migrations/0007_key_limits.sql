-- What a key may do.
alter table keys add column tokens_per_minute integer check (tokens_per_minute > 0);
alter table keys add column max_concurrency integer check (max_concurrency > 0);
alter table keys add column allowed_models text[] not null default '{}';
alter table keys add column expires_at timestamptz;

drop trigger notify on keys;
create trigger notify after insert or delete
    or update of type, name, key_hash, is_active, rate_limit, permissions, metadata, tokens_per_minute, max_concurrency,
                 allowed_models, expires_at on keys
    for each statement execute function notify_configuration('keys');
