import { type BadRequest, bad, invalid, nested, unknownId } from './bad-request.ts';
import { badBodies, badPages, notUtf8 } from './shared.ts';

const record = 'POST /api/v1/events';
const batch = 'POST /api/v1/events/batch';
const event = { user_id: '$user', type: 'view' };

const badEvents: BadRequest[] = [
  invalid('nothing', record, { json: {} }, ['user_id', 'type']),
  invalid(
    'wrong types',
    record,
    {
      json: {
        user_id: 1,
        type: 2,
        id: 3,
        product_id: 4,
        quantity: '5',
        unit_price: '6',
        occurred_at: 7,
        data: 8,
        x: 9,
      },
    },
    ['user_id', 'type', 'id', 'product_id', 'quantity', 'unit_price', 'occurred_at', 'data', 'x'],
  ),
  ...['View', '1view', 'view-all', '', 'x'.repeat(51), 'vïew', 'view\n'].map((type) =>
    invalid(`the type '${type.slice(0, 9)}'`, record, { json: { ...event, type } }, ['type']),
  ),
  ...[0, -1, 1.5, 1e7, true, [], {}].map((quantity) =>
    invalid(`the quantity ${JSON.stringify(quantity)}`, record, { json: { ...event, quantity } }, [
      'quantity',
    ]),
  ),
  ...[-0.01, 1.234, 1e300, 0.1 + 0.2, '1'].map((unit_price) =>
    invalid(`the price ${JSON.stringify(unit_price)}`, record, { json: { ...event, unit_price } }, [
      'unit_price',
    ]),
  ),
  invalid('a number beyond all', record, { text: '{"user_id":"$user","type":"view","quantity":1e999}' }, [
    'quantity',
  ]),
  ...[
    'yesterday',
    '2026-02-30T00:00:00Z',
    '2026-01-01',
    '2026-01-01T00:00:00',
    '2026-01-01\n00:00:00Z',
    '2026-01-01 00:00:00Z',
    '9999-12-31T23:59:59Z',
    '1900-01-01T00:00:00Z',
    '2016-12-31T23:59:60Z',
  ].map((occurred_at) =>
    invalid(`the time ${occurred_at}`, record, { json: { ...event, occurred_at } }, ['occurred_at']),
  ),
  ...[
    'no JSON',
    '[]',
    'null',
    '5',
    '{"a":"\\u0000"}',
    '{"a":1e999}',
    `{"a":${nested(100)}}`,
    '{"a":1,"a":2}',
    `{"a":[${'{},'.repeat(200_000)}{}]}`,
    `{"a":"${'x'.repeat(70_000)}"}`,
  ].map((data) => invalid(`the data ${data.slice(0, 15)}`, record, { json: { ...event, data } }, ['data'])),
  invalid('data too large', record, { json: { ...event, data: { a: 'x'.repeat(70_000) } } }, ['data']),
  bad('nobody', record, { json: { ...event, user_id: unknownId } }, 404, 'user_not_found'),
  bad(
    'the id of another event',
    record,
    { json: { ...event, id: '$event', type: 'like' } },
    409,
    'event_conflict',
    ['id'],
  ),
  bad('no such event', `GET /api/v1/events/${unknownId}`, {}, 404, 'event_not_found'),
  invalid('no id', 'GET /api/v1/events/latest', {}, ['id']),
  bad('a wrong method', 'DELETE /api/v1/events/$event', {}, 405, 'method_not_allowed'),
  invalid(
    'all at once',
    'GET /api/v1/events?user_id=x&type=UPPER&from=today&to=2026-13-01T00:00:00Z&limit=0',
    {},
    ['user_id', 'type', 'from', 'to', 'limit'],
  ),
  invalid('times beyond all', 'GET /api/v1/events?from=1066-10-14T09:00:00Z&to=1969-12-31T23:59:59Z', {}, [
    'from',
    'to',
  ]),
];

const badBatches: BadRequest[] = [
  bad('no body', batch, { text: '' }, 400, 'invalid_json'),
  bad('broken JSON', batch, { text: '{"events":[' }, 400, 'invalid_json'),
  bad('JSON that is no UTF-8', batch, { text: notUtf8 }, 400, 'invalid_json'),
  invalid('nothing', batch, { json: {} }, ['events']),
  invalid('an array', batch, { json: [event] }, ['']),
  invalid('events that are none', batch, { json: { events: { 0: event } } }, ['events']),
  invalid('an unknown field', batch, { json: { events: [], force: true } }, ['force']),
  invalid('a key __proto__', batch, { text: '{"events":[],"__proto__":{}}' }, ['__proto__']),
  invalid('a key given twice', batch, { text: '{"events":[{},{"a":1,"a":2}]}' }, ['events/1/a']),
  invalid('too many', batch, { json: { events: Array(1_001).fill(event) } }, ['events']),
  invalid(
    'too many lines',
    batch,
    { text: '{}\n'.repeat(1_001), headers: { 'content-type': 'application/x-ndjson' } },
    [''],
  ),
  bad(
    'plain text',
    batch,
    { text: '{}', headers: { 'content-type': 'text/plain' } },
    415,
    'unsupported_media_type',
  ),
  bad('a huge body', batch, { text: 'x'.repeat(8_500_000) }, 413, 'body_too_large'),
];

/** What the user service refuses of activity. */
export const badForEvents = [
  ...badBodies(record),
  ...badPages('/api/v1/events'),
  ...badEvents,
  ...badBatches,
];
