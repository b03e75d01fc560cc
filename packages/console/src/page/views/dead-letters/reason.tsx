/** Why a consumer refused a message, in words; `code` is what the dead letter says. */
export const Reason = ({ code, withCode = false }: { code: string; withCode?: boolean }) => (
  <span title={code}>
    {reasonWords(code)}
    {withCode && reasonWords(code) !== code && <span class="muted small"> {code}</span>}
  </span>
);

const words: Readonly<Record<string, string>> = {
  'DecodeError.not_json': 'no JSON',
  'DecodeError.schema_violation': 'against its contract',
  'DecodeError.bad_envelope': 'unreadable envelope',
  'DecodeError.key_mismatch': 'another key than its document',
  'DecodeError.empty_value': 'no document',
  'DecodeError.too_large': 'too large',
  'SequenceError.taken': 'its number is taken',
  'SequenceError.implausible': 'its number is too high',
  OrderConflict: 'another order of the same id',
};

const reasonWords = (code: string): string =>
  words[code] ?? (code.startsWith('PostgresError.') ? 'refused by the database' : code);
