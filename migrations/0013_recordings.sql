-- Bodies on request, and what a row tells of them.

alter table requests add column queue_ms double precision;
alter table requests add column recording text not null default '' check (recording in ('', 'kept', 'dropped'));

-- Beside the log, for it is large, is erased sooner, and no statement that reads rows should touch it. A partition a day,
-- made and dropped by the engine as those of the log are.
create table recordings (
    request_id uuid not null,
    timestamp  timestamptz not null,    -- when the request arrived, as its row has it
    content    bytea not null,          -- records.Recording's messages: MessagePack, compressed by zlib
    primary key (timestamp, request_id)
) partition by range (timestamp);

-- It is compressed already.
alter table recordings alter column content set storage external;

create table recordings_default partition of recordings default;
