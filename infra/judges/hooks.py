"""What an OpenAPI document cannot say: how the fields of one request depend on each other, on the clock, on answers."""

import json

import schemathesis
from schemathesis import GenerationMode

A_PAST_TIME = "2000-01-01T00:00:00Z"
A_PASSWORD = "three lamps under a slow bridge"
AN_ID = "7d0e9c1a-52f4-4b55-9f7e-3c8a6f1d2b40"
NEEDED_BY_STRATEGY = {"personal": "user_id", "similar": "product_id"}


@schemathesis.serializer("application/x-ndjson")
def ndjson(ctx, value):
    return json.dumps(value).encode() + b"\n"


@schemathesis.hook
def map_case(context, case):
    """Changes in a request that is meant to be good what no schema can tell good from bad."""
    if case.meta is not None and case.meta.generation.mode == GenerationMode.POSITIVE:
        correct_query(case.query or {})
        case.body = without_odd_keys_and_nul(case.body)
        for fields in items_of(case.body):
            correct_fields(fields)
    return case


def correct_query(query):
    # A cursor is opaque: only a list knows those it has given.
    query.pop("cursor", None)
    # A page may lie at most 100,000 rows from the first one: a matter of page times limit.
    if query.get("page") and int(query["page"]) > 1_000:
        query["page"] = 1
    # A range begins before its end, now when none is given, and has at most 1,500 buckets; it has years to lie in.
    query.pop("from", None)
    if "to" in query:
        query["to"] = A_PAST_TIME
    # No document says which names the time zone database has, nor which days of a zone are kept.
    if "timezone" in query:
        query["timezone"] = "UTC"
    if "email" in query:
        query["email"] = visible(query["email"])
    # The schema of one parameter cannot say which other one it needs.
    if query.get("strategy") in NEEDED_BY_STRATEGY:
        query.setdefault(NEEDED_BY_STRATEGY[query["strategy"]], AN_ID)


def correct_fields(fields):
    # The whole name is what its two parts make.
    if "name" in fields and ("first_name" in fields or "last_name" in fields):
        unneeded = ["name"] if "first_name" in fields and "last_name" in fields else ["first_name", "last_name"]
        for name in unneeded:
            fields.pop(name, None)
    # Python's patterns have no classes of characters such as \p{Cf}, which names and e-mails must not have.
    for name in {"email", "name", "first_name", "last_name"} & fields.keys():
        if isinstance(fields[name], str):
            fields[name] = visible(fields[name])
    # An activity lies in the years since 1970.
    for name in {"occurred_at", "sent_at"} & fields.keys():
        fields[name] = A_PAST_TIME
    # The contentSchema of a text that holds JSON is read when cases are made at random, but not for coverage.
    if isinstance(fields.get("data"), str) and not holds_object(fields["data"]):
        fields["data"] = "{}"
    # A price has as many decimals as its currency.
    for name in {"price", "unit_price"} & fields.keys():
        if isinstance(fields[name], float):
            fields[name] = int(fields[name])
    # A cart has each product once, in whatever case its id is written.
    items = fields.get("items")
    if isinstance(items, list) and all(names_product(item) for item in items):
        fields["items"] = list({item["product_id"].lower(): item for item in items}.values())
    # A password is refused that is easy to guess: no document holds the list.
    if "password" in fields:
        fields["password"] = A_PASSWORD


def items_of(body):
    """A body, and the items of a batch."""
    if not isinstance(body, dict):
        return []
    batch = body.get("events", body.get("products", []))
    return [body, *(item for item in batch if isinstance(item, dict))]


def without_odd_keys_and_nul(value):
    """No schema forbids __proto__ and U+0000 at every depth of the fields that a document leaves open."""
    if isinstance(value, str):
        return value.replace("\0", "0")
    if isinstance(value, list):
        return [without_odd_keys_and_nul(item) for item in value]
    if isinstance(value, dict):
        return {
            without_odd_keys_and_nul(key): without_odd_keys_and_nul(item)
            for key, item in value.items()
            if key not in ("__proto__", "constructor")
        }
    return value


def names_product(item):
    return isinstance(item, dict) and isinstance(item.get("product_id"), str)


def visible(text):
    return text if text.strip().isprintable() else "ada@example.com"


def holds_object(text):
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False
