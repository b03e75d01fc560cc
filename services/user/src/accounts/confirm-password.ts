/**
 * Whoever sets a new password or e-mail knows the password: with a stolen access token alone nobody takes an account over. An
 * account without a password has nothing to confirm. Throws 400 where it is missing, 403 `wrong_password`, 429
 * `too_many_attempts` and 503 `too_many_passwords`.
 */
export type ConfirmPassword = (
  given: { userId: string; password: string | undefined; address: string },
  caller: () => AbortSignal,
) => Promise<void>;
