import { isApiError } from '../lib/api.ts';
import { failureWords } from './failure-words.ts';

interface FailureProps {
  error: unknown;
  /** What could not be had or done: "the orders". */
  what: string;
  /** The page itself tries again what may pass; without it that is left to whoever wanted it. */
  isRepeated?: boolean;
}

/** What went wrong, in words, and what happens next. */
export const Failure = ({ error, what, isRepeated = false }: FailureProps) => {
  const { title, text } = failureWords(error, what, isRepeated);
  const faults = isApiError(error) ? error.errors : [];
  return (
    <div class="notice bad" role="alert">
      <strong>{title}</strong>
      <p>{text}</p>
      {faults.length > 0 && (
        <ul>
          {faults.map(({ field, message }) => (
            <li key={field}>
              {field && <code>{field}</code>} {message}
            </li>
          ))}
        </ul>
      )}
      {isApiError(error) && error.requestId && (
        <p class="muted small">
          Request <code>{error.requestId}</code>
        </p>
      )}
    </div>
  );
};
