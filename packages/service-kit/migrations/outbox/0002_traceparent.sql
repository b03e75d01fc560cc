-- W3C Trace Context of the request that wrote the event; null when it was not traced.
alter table outbox add column traceparent text;
