import { isApiError } from '../lib/api.ts';
import { capital } from '../lib/format.ts';

/** What went wrong, and whether the page tries again by itself. */
export const failureWords = (
  error: unknown,
  what: string,
  isRepeated: boolean,
): { title: string; text: string } => {
  if (!isApiError(error)) return { title: `${capital(what)} could not be shown`, text: String(error) };
  const text = sentence(error.message);
  if (isRepeated && error.status === 0)
    return { title: 'The console does not answer', text: 'It is asked again by itself every few seconds.' };
  if (isRepeated && error.status >= 500)
    return { title: `${capital(what)} cannot be had now`, text: `${text} It is asked again by itself.` };
  // A change may have been made although its answer was lost: whoever wanted it has to look.
  if (error.status === 0 || error.status >= 500) return { title: `${capital(what)} failed`, text };
  if (error.status === 403) return { title: `${capital(what)}: not for your account`, text };
  if (error.status === 404) return { title: `There is no such thing`, text };
  if (error.status === 412) return { title: 'Somebody else changed it in the meantime', text };
  return { title: `${capital(what)}: refused`, text };
};

const sentence = (text: string) => (/[.!?]$/.test(text) ? capital(text) : `${capital(text)}.`);
