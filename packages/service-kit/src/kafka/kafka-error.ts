/** An error of librdkafka as its binding throws it: `code` is a number of rd_kafka_resp_err_t. */
export interface KafkaError {
  message: string;
  code: number;
}

/** Numbers of librdkafka's rd_kafka_resp_err_t that this package tells apart. */
export const kafkaErrorCode = {
  timedOut: -185,
  queueFull: -184,
  assignPartitions: -175,
  gaplessGuarantee: -148,
  unknownTopicOrPartition: 3,
  leaderNotAvailable: 5,
  notLeaderForPartition: 6,
  messageTooLarge: 10,
} as const;

/** librdkafka's text of ERR__ALL_BROKERS_DOWN: the binding gives no code to errors that no call has caused. */
export const allBrokersDown = 'all broker connections are down';

/** An error with code KAFKA, around one of the binding where there is one; `during` says what was being done. */
export const kafkaFailure = (during: string, error?: unknown): Error =>
  Object.assign(new Error(`kafka: ${during}${error === undefined ? '' : `: ${(error as Error).message}`}`), {
    code: 'KAFKA',
    kafkaCode: (error as KafkaError | undefined)?.code,
    cause: error,
  });

/** What the binding answers by a callback or throws, as a promise. */
export const called = <T>(
  during: string,
  call: (done: (error: unknown, result: T) => void) => unknown,
): Promise<T> =>
  new Promise((resolve, reject) => {
    try {
      call((error, result) => (error ? reject(kafkaFailure(during, error)) : resolve(result)));
    } catch (error) {
      reject(kafkaFailure(during, error));
    }
  });
