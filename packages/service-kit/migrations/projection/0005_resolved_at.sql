alter table dead_letters rename column settled_at to resolved_at;
