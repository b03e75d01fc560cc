/**
 * The group that readers of whole logs name. None joins it and nothing is committed in it, but Kafka's client asks who
 * coordinates it, so a user who reads a log must be allowed to describe it.
 */
export const readerGroup = 'souk-log-reader';
