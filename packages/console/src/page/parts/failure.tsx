import { isApiError } from '../lib/api.ts';
import { capital } from '../lib/format.ts';

interface FailureProps {
  error: unknown;
  /** What could not be had or done: "the orders". */
  what: string;
}

/** What went wrong, in words, and what happens next. */
export const Failure = ({ error, what }: FailureProps) => {
  const { title, text } = wordsFor(error, what);
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

const wordsFor = (error: unknown, what: string): { title: string; text: string } => {
  if (!isApiError(error)) return { title: `${capital(what)} could not be shown`, text: String(error) };
  const text = sentence(error.message);
  if (error.status === 0)
    return { title: 'The console does not answer', text: 'It is asked again by itself every few seconds.' };
  if (error.code === 'service_unreachable')
    return { title: `${capital(what)} cannot be had now`, text: `${text} It is asked again by itself.` };
  if (error.status === 403) return { title: `${capital(what)}: not for your account`, text };
  if (error.status === 404) return { title: `There is no such thing`, text };
  if (error.status === 412) return { title: 'Somebody else changed it in the meantime', text };
  if (error.status >= 500)
    return { title: `${capital(what)} cannot be had now`, text: `${text} It is asked again by itself.` };
  return { title: `${capital(what)}: refused`, text };
};

const sentence = (text: string) => (/[.!?]$/.test(text) ? capital(text) : `${capital(text)}.`);
