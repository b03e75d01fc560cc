/**
 * A reporter of Node's test runner. It writes what .ci/failures.mjs and .ci/run read, in the form of vitest's JSON.
 *
 * @param {AsyncIterable<{ type: string, data: any }>} source
 */
export default async function* report(source) {
  const counts = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0 };
  const assertionResults = [];
  for await (const { type, data } of source) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const { error, type: kind } = data.details;
    const isFailed = type === 'test:fail';
    if (isFailed ? error.failureType === 'subtestsFailed' : kind === 'suite') continue;
    if (data.skip !== undefined || data.todo !== undefined) counts.numPendingTests += 1;
    else if (isFailed) counts.numFailedTests += 1;
    else counts.numPassedTests += 1;
    if (!isFailed) continue;
    const failureMessages = [String(error.cause?.message ?? error.cause ?? error.message)];
    assertionResults.push({ status: 'failed', fullName: data.name, failureMessages });
  }
  yield JSON.stringify({ ...counts, testResults: [{ name: '', status: '', assertionResults }] });
}
