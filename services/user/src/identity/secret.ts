import { hash, randomBytes } from 'node:crypto';

const secretBytes = 32;

/** 256 random bits as a text. */
export const newSecret = (): string => randomBytes(secretBytes).toString('base64url');

/** What is kept of a secret. Of 256 random bits no slower hash is needed. */
export const hashOf = (secret: string): Buffer => hash('sha256', secret, 'buffer');
