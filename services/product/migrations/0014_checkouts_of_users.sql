-- For the erasure of a user. Replicas of the version before checkouts must have ended: they leave pay_until set when an
-- order is paid.
create index checkouts_of_user on checkouts (user_id);
