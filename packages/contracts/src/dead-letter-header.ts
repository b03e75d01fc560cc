/**
 * The headers of a dead letter, and of one that is sent again: what Kafka Connect calls them (KIP-298) where it has
 * a name. Whoever sends a dead letter again keeps them.
 */
export const deadLetterHeader = {
  topic: '__connect.errors.topic',
  partition: '__connect.errors.partition',
  offset: '__connect.errors.offset',
  errorClass: '__connect.errors.exception.class.name',
  errorMessage: '__connect.errors.exception.message',
  /** The same for every copy of a dead letter. */
  id: '__souk.errors.id',
  /** How often it had been sent again before this failure. */
  replays: '__souk.errors.replays',
  /** Tries of the consumer, all together. */
  attempts: '__souk.errors.attempts',
  /** RFC 3339. */
  firstSeen: '__souk.errors.first_seen',
  lastSeen: '__souk.errors.last_seen',
  /** The bytes of the value, which the broker refused to take: it is where the message came from. */
  valueOmitted: '__souk.errors.value_omitted',
} as const;

/** The headers of a marker in a dead-letter topic, beside the id and the replays of the dead letter it resolves. */
export const markerHeader = {
  /** The dead letter was sent again (`replayed`) or discarded (`dropped`), or the discarding was undone (`restored`). */
  resolved: '__souk.dlq.settled',
  /** RFC 3339. */
  resolvedAt: '__souk.dlq.at',
  /** Who did it: the subject of a token, or the name of a tool. */
  resolvedBy: '__souk.dlq.by',
} as const;
