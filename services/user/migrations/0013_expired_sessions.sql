-- What has expired is found by its time. On a large table an operator may build these beforehand, concurrently and under
-- the same names.
create index if not exists sessions_by_expiry on sessions (expires_at);
create index if not exists password_resets_by_expiry on password_resets (expires_at);
