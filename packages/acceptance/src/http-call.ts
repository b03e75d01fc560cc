/** What came back; `body` is parsed when it is JSON of any kind, text otherwise. */
export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects by looking into it
  body: any;
}

/** One request, with a JSON body when one is given (a string is sent as it is). Rejects without an answer in 45 s. */
export const call = async (
  method: string,
  url: string,
  body?: unknown,
  { headers = {}, deadlineMs = 45_000 }: { headers?: Record<string, string>; deadlineMs?: number } = {},
): Promise<Answer> => {
  const response = await fetch(url, {
    method,
    signal: AbortSignal.timeout(deadlineMs),
    ...(body === undefined
      ? { headers }
      : {
          headers: { 'content-type': 'application/json', ...headers },
          body: typeof body === 'string' ? body : JSON.stringify(body),
        }),
  });
  const text = await response.text();
  const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
};
