import { createHmac } from 'node:crypto';

/** The header `souk-signature` of a payment provider's message: of these very bytes, at this time. */
export const paymentSignature = (secret: string, body: string, atMs: number): string => {
  const seconds = Math.floor(atMs / 1000);
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
};
