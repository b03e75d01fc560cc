/** Sends the access token with every request of this process: for services that require one. */
export const sendToken = (token: string): void => {
  const send = globalThis.fetch;
  globalThis.fetch = (input, init) => {
    const request = new Request(input, init);
    request.headers.set('authorization', `Bearer ${token}`);
    return send(request);
  };
};
