import { fork, type Serializable } from 'node:child_process';
import { once } from 'node:events';

/** A process of its own, so that its work shows neither in the services nor in this process. One question at a time. */
export interface Worker<Question, Answer> {
  /** Rejects as the work does, and when the process ends. */
  ask(question: Question): Promise<Answer>;
  stop(): Promise<void>;
}

/** Starts a file that calls `answerQuestions`. */
export const startWorker = <Question, Answer>(
  file: URL,
  args: string[] = [],
  env = process.env,
): Worker<Question, Answer> => {
  const child = fork(file, args, { execArgv: [], env });
  const ended = once(child, 'exit');
  return {
    ask: async (question) => {
      child.send(question as Serializable);
      const [{ answer, failure } = { failure: `${file} ended` }] = (await Promise.race([
        once(child, 'message'),
        ended.then(() => []),
      ])) as [{ answer?: Answer; failure?: string }?];
      if (failure !== undefined) throw new Error(failure);
      return answer as Answer;
    },
    stop: async () => {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
};

/** In the worker: does what is asked, until whoever asks has gone. */
export const answerQuestions = <Question, Answer>(work: (question: Question) => Promise<Answer>): void => {
  process.on('message', (question: Question) => {
    work(question).then(
      (answer) => process.send?.({ answer }),
      ({ message }: Error) => process.send?.({ failure: message }),
    );
  });
  process.on('disconnect', () => process.exit());
  process.on('SIGINT', () => undefined);
};
