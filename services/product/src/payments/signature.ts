import { createHmac, timingSafeEqual } from 'node:crypto';

/** How far the time of a signature may be from now, either way. */
const toleranceMs = 300_000;

export const signaturePattern = '^t=[0-9]{1,12},v1=[0-9a-f]{64}$';

/** The header of a message: its time in Unix seconds, and an HMAC-SHA256 over that time and the body. */
export const signatureOf = (secret: string, body: Buffer | string, atMs: number): string => {
  const seconds = Math.floor(atMs / 1000);
  return `t=${seconds},v1=${digestOf(secret, seconds, body).toString('hex')}`;
};

/** Whether the secret's owner signed this body at about this time. Takes the same time whatever is wrong. */
export const isSigned = (secret: string, signature: string, body: Buffer, nowMs: number): boolean => {
  const [, seconds = '', hex = ''] = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(signature) ?? [];
  if (hex === '') return false;
  const isRight = timingSafeEqual(digestOf(secret, Number(seconds), body), Buffer.from(hex, 'hex'));
  return isRight && Math.abs(nowMs - Number(seconds) * 1000) <= toleranceMs;
};

const digestOf = (secret: string, seconds: number, body: Buffer | string): Buffer =>
  createHmac('sha256', secret).update(`${seconds}.`).update(body).digest();
