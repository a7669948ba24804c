-- Upstreams that speak Gemini's generateContent.
alter table upstreams drop constraint upstreams_format_check;
alter table upstreams add constraint upstreams_format_check
    check (format in ('openai', 'anthropic', 'openai-responses', 'gemini'));
