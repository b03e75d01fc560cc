#!/usr/bin/env node
// What `npx souk …` runs, under whatever Node the machine has; the bootstrap finds the right one.
const bootstrap = new URL('../../../infra/bootstrap/run.mjs', import.meta.url);
process.argv.splice(2, 0, 'souk');
await import(bootstrap.href);
