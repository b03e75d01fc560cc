-- Lower case by the rules built into Postgres, so that neither words nor sort keys depend on the locale of
-- the database, and ASCII punctuation as space: 't-light' has the words 't' and 'light', '85123A/B' is found
-- by '85123a'.
create function search_text(source text) returns text
  language sql immutable strict parallel safe
  return translate(
    lower(source collate pg_c_utf8), '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', repeat(' ', 32));

-- All words of q, the last one as the beginning of a word; null when q has none. No word can hold a quote or
-- a backslash, so that every q is a valid query.
create function search_query(q text) returns tsquery
  language sql immutable strict parallel safe
  return to_tsquery('simple',
    '''' || replace(nullif(trim(regexp_replace(search_text(q), '\s+', ' ', 'g')), ''), ' ', ''' & ''') || ''':*');

create table products (
  id uuid primary key,
  sku text constraint products_sku_key unique,
  name text not null,
  description text,
  brand text,
  category text,
  price_minor bigint not null check (price_minor >= 0),
  currency char(3) not null,
  stock integer check (stock >= 0),
  version bigint not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  -- Short enough for an index and for a cursor in a URL; names alike up to there are in the order of ids.
  name_key text collate "C" not null generated always as (left(lower(name collate pg_c_utf8), 100)) stored,
  search tsvector not null generated always as (
    setweight(to_tsvector('simple', search_text(name)), 'A')
    || setweight(to_tsvector('simple', coalesce(search_text(sku), '')), 'A')
    || setweight(to_tsvector('simple', coalesce(search_text(brand), '')), 'B')
    || setweight(to_tsvector('simple', coalesce(search_text(category), '')), 'C')
    || setweight(to_tsvector('simple', coalesce(search_text(description), '')), 'D')
  ) stored
);

create index products_search on products using gin (search);
create index products_created on products (created_at, id);
create index products_name on products (name_key, id);
create index products_price on products (price_minor, id);
create index products_category on products (category, created_at, id);
