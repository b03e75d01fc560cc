import { servicePortSpan } from '@souk/contracts/services.ts';
import { isServerUrl } from '@souk/service-kit/config/addresses.ts';
import { InvalidArgumentError } from 'commander';

export const wholeNumber =
  (min: number, max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`a whole number from ${min} to ${max} is needed`);
  };

export const port = wholeNumber(1, 65_535);

/** Parses the port of a user service, which the others follow. */
export const portBase = wholeNumber(1, 65_536 - servicePortSpan);

export const positiveNumber =
  (max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() !== '' && value > 0 && value <= max) return value;
    throw new InvalidArgumentError(`a number above 0, at most ${max}, is needed`);
  };

const unitMs: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Parses a duration (90, 90s, 5m, 1.5h; seconds without a unit) into milliseconds. */
export const durationMs = (text: string): number => {
  const [, amount = '', unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  const ms = Number(amount) * (unitMs[unit] ?? Number.NaN);
  if (amount !== '' && ms > 0) return ms;
  throw new InvalidArgumentError('a duration such as 90s, 5m or 1h is needed');
};

/** A parser of a service's address: an http(s) URL, kept without a slash at its end. */
export const serviceUrl = (text: string): string => {
  if (isServerUrl(text, ['http', 'https'])) return text.replace(/\/+$/, '');
  throw new InvalidArgumentError('a URL such as http://127.0.0.1:8080 is needed');
};
