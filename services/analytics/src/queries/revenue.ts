/**
 * Minor units as Postgres writes a sum of them to major units as JSON carries them: exact up to 15 digits, and
 * the nearest double beyond, where an error would be of no use to anybody.
 */
export const revenueOf = (minor: string | bigint): number => Number(minor) / 100;
