/**
 * The headers of a dead letter, and of one that is sent again: what Kafka Connect calls them (KIP-298) where it has
 * a name. Whoever sends a letter again keeps them.
 */
export const letterHeader = {
  topic: '__connect.errors.topic',
  partition: '__connect.errors.partition',
  offset: '__connect.errors.offset',
  errorClass: '__connect.errors.exception.class.name',
  errorMessage: '__connect.errors.exception.message',
  /** The same for every copy of a letter. */
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

/** The headers of a marker in a dead-letter topic, beside the id and the replays of the letter it settles. */
export const markerHeader = {
  /** The letter was sent again (`replayed`) or given up (`dropped`). */
  settled: '__souk.dlq.settled',
  /** RFC 3339. */
  settledAt: '__souk.dlq.at',
} as const;
