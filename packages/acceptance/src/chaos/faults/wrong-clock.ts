/** Loaded by `--import` before a service: its clock is wrong by WRONG_CLOCK_MS. Monotonic time and timers stay right. */
const offsetMs = Number(process.env.WRONG_CLOCK_MS);
const RightDate = Date;

globalThis.Date = class extends RightDate {
  constructor(...given: []) {
    super(...((given.length > 0 ? given : [RightDate.now() + offsetMs]) as []));
  }

  static override now() {
    return RightDate.now() + offsetMs;
  }
} as DateConstructor;
