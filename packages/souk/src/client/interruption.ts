/** One Ctrl-C may arrive several times (from the terminal, from npm); a person's second one comes later. */
export const impatienceMs = 1_000;
export const exitCodeOfInterrupt = 130;

/** Aborted by the first SIGINT or SIGTERM, so that the command can end in order; a later one ends it at once. */
export const interruption = (): AbortSignal => {
  const abort = new AbortController();
  let since = Number.POSITIVE_INFINITY;
  const onSignal = () => {
    if (performance.now() - since > impatienceMs) process.exit(exitCodeOfInterrupt);
    if (!abort.signal.aborted) since = performance.now();
    abort.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return abort.signal;
};
