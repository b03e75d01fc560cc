-- Words without accents and case, on both sides: compatibility forms are one (NFKC), marks of Latin, Greek and Cyrillic
-- letters go, those that make other letters stay (ガ is not カ). ASCII punctuation is space, as before.
create or replace function search_text(source text) returns text
  language sql immutable strict parallel safe
  return translate(
    casefold(
      normalize(regexp_replace(normalize(source, NFKD), '[\u0300-\u036f]', '', 'g'), NFKC) collate pg_unicode_fast),
    'øłđ!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', 'old' || repeat(' ', 32));

-- Chinese and Japanese have no spaces: each character is a word, and a word of q is a phrase of them.
create function single_characters(words text) returns text
  language sql immutable strict parallel safe
  return regexp_replace(words, '([\u3005\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])', ' \1 ', 'g');

create or replace function search_query(q text) returns tsquery
  language sql immutable strict parallel safe
  return to_tsquery('simple', single_characters(
    '''' || replace(nullif(trim(regexp_replace(search_text(q), '\s+', ' ', 'g')), ''), ' ', ''' & ''') || ''':*'));

-- Computed again for every row.
alter table products alter column search set expression as (
  setweight(to_tsvector('simple', single_characters(search_text(name))), 'A')
  || setweight(to_tsvector('simple', coalesce(single_characters(search_text(sku)), '')), 'A')
  || setweight(to_tsvector('simple', coalesce(single_characters(search_text(brand)), '')), 'B')
  || setweight(to_tsvector('simple', coalesce(single_characters(search_text(category)), '')), 'C')
  || setweight(to_tsvector('simple', coalesce(single_characters(search_text(description)), '')), 'D'));
