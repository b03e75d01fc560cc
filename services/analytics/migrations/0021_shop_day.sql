-- In a file of its own: a value of an enum can be used only after the transaction that adds it.
alter type rollup_granularity add value 'shop_day';
