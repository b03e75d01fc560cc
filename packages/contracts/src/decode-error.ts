/** Why a message cannot be decoded. Every one of them is permanent: the same bytes fail again. */
export type DecodeErrorCode =
  | 'bad_envelope'
  | 'empty_value'
  | 'too_large'
  | 'not_json'
  | 'schema_violation'
  | 'key_mismatch';

/** A class only so that one name serves as value and type; compare `code`. `problems` names every fault. */
export class DecodeError extends Error {
  readonly code: DecodeErrorCode;
  readonly problems: readonly string[];

  constructor(code: DecodeErrorCode, problems: readonly string[]) {
    super(`${code}: ${problems.join('; ')}`);
    this.name = 'DecodeError';
    this.code = code;
    this.problems = problems;
  }
}
