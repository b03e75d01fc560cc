-- The carts of users as their events say, each product with its price when it came into the cart.
create table carts (
  user_id uuid primary key,
  version bigint not null,
  -- The version since which the items are these.
  items_version bigint not null,
  -- [{product_id, quantity, price_minor, currency}]; the last two are null where the catalogue did not know the product.
  items jsonb not null
);

-- Carts from before: user-updates is read once more from its beginning. What was erased is erased again, which does no
-- harm. Replicas of the version before must have ended: they would pass the carts over.
update consumer_positions set last_sequence = 0, next_offset = null, first_sequence = null, newest_time = null,
  seen_sequence = greatest(seen_sequence, last_sequence)
where topic = 'user-updates';
update projection_generation set generation = generation + 1;
