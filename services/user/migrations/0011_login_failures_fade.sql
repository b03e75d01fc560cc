-- Failures are forgotten bit by bit: an address that many people share would have to wait for good otherwise.
alter table login_attempts alter column failures type double precision;
