import type { Limit } from './limits.ts';

/** What a bucket gave, and how it is then. */
export interface Taken {
  /** Tokens; 0 when there were too few. */
  taken: number;
  left: number;
  /** How long to wait until there are enough; 0 when there were. */
  waitMs: number;
  /** How long until it is full. */
  fullInMs: number;
}

/**
 * Takes at least `need` tokens and at most `want`, or none. A bucket is one number, the time at which it is full again,
 * in ms (the generic cell rate algorithm): one that is not known is full. `takeScript` says the same in Lua.
 */
export const takeFrom = (
  fullAtMs: number | undefined,
  { perSecond, burst }: Limit,
  { need, want, nowMs }: { need: number; want: number; nowMs: number },
): Taken & { fullAtMs: number } => {
  const perMs = perSecond / 1_000;
  const fullAt = Math.max(fullAtMs ?? nowMs, nowMs);
  const left = burst - (fullAt - nowMs) * perMs;
  if (left + roundingMax < need) {
    const waitMs = Math.ceil((need - left) / perMs);
    return { taken: 0, left: whole(left), waitMs, fullInMs: wholeMs(fullAt - nowMs), fullAtMs: fullAt };
  }
  const taken = Math.max(need, Math.min(want, whole(left)));
  const after = fullAt + taken / perMs;
  return {
    taken,
    left: whole(left - taken),
    waitMs: 0,
    fullInMs: wholeMs(after - nowMs),
    fullAtMs: after,
  };
};

const roundingMax = 1e-6;
const whole = (tokens: number): number => Math.max(0, Math.floor(tokens + roundingMax));
/** Rounded up, but not for what was lost in the subtraction of two times. */
export const wholeMs = (ms: number): number => Math.max(0, Math.ceil(ms - roundingMax));

/**
 * KEYS: buckets. ARGV: for each tokens per ms, burst, need, want. Gives four numbers for each. By the clock of Redis, so
 * that those of replicas may differ.
 */
export const takeScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local function whole(tokens) return math.max(0, math.floor(tokens + 1e-6)) end
local answer = {}
for i, key in ipairs(KEYS) do
  local per_ms, burst, need, want = unpack(ARGV, i * 4 - 3, i * 4)
  local full_at = math.max(tonumber(redis.call('GET', key) or now), now)
  local left, taken, wait = burst - (full_at - now) * per_ms, 0, 0
  if left + 1e-6 < tonumber(need) then
    wait = math.ceil((need - left) / per_ms)
  else
    taken = math.max(need, math.min(want, whole(left)))
    left, full_at = left - taken, full_at + taken / per_ms
    redis.call('SET', key, string.format('%.3f', full_at), 'PX', math.ceil(full_at - now))
  end
  for _, number in ipairs({taken, whole(left), wait, math.ceil(full_at - now)}) do table.insert(answer, number) end
end
return answer`;
