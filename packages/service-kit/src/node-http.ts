/**
 * `node:http` for what a service loads. An import of it evaluates all that it exports, and one of these, `WebSocket`, loads
 * undici: 4 MB and 50 ms of processor time of each process.
 */
export const { createServer, STATUS_CODES } = process.getBuiltinModule('node:http');
