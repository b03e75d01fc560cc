const kinds = ['embedded', 'local', 'containers'] as const;

/**
 * What the tests run on: the embedded servers that every machine has, or a real Kafka as well, as a process of this
 * machine or, with PostgreSQL and Redis, in containers. Chosen by TEST_INFRASTRUCTURE; the same suites run on all.
 */
export const infrastructure = ((): (typeof kinds)[number] => {
  const given = process.env.TEST_INFRASTRUCTURE || 'embedded';
  const found = kinds.find((kind) => kind === given);
  if (!found) throw new Error(`TEST_INFRASTRUCTURE is ${given}: it must be one of ${kinds.join(', ')}`);
  return found;
})();
