/** Where a token for a new password goes, so that it reaches its user by e-mail. */
export type ResetOutlet = (reset: { email: string; token: string; expiresAt: Date }) => Promise<void>;

const timeoutMs = 10_000;

/** Sends `{email, token, expires_at}` to the address; without one nothing is sent. Rejects when it is not taken. */
export const resetOutlet = (url: string | undefined): ResetOutlet | undefined => {
  if (url === undefined) return undefined;
  return async ({ email, token, expiresAt }) => {
    const { ok, status } = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, token, expires_at: expiresAt.toISOString() }),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!ok) throw new Error(`PASSWORD_RESET_WEBHOOK_URL answered ${status}`);
  };
};
