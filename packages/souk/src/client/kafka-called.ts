/** What librdkafka's binding answers by a callback, as a promise; its failures as Errors for the user. */
export const called = <T>(
  during: string,
  call: (done: (error: unknown, result: T) => void) => unknown,
): Promise<T> =>
  new Promise((resolve, reject) => {
    try {
      call((error, result) => (error ? reject(kafkaError(during, error)) : resolve(result)));
    } catch (error) {
      reject(kafkaError(during, error));
    }
  });

/** The binding's errors are of a class of their own, which the command would take for a defect. */
export const kafkaError = (during: string, cause: unknown): Error =>
  new Error(`Kafka: ${during}: ${(cause as Error).message}`, { cause });
