-- In a file of its own: a value of an enum can be used only after the transaction that adds it.
alter type granularity add value 'week';
alter type granularity add value 'month';
alter type granularity add value 'all';
