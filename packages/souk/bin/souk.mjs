#!/usr/bin/env node
// What `npx souk …` runs, under whatever Node the machine has; the bootstrap finds the right one.
process.argv.splice(2, 0, 'souk');
await import('../../../infra/bootstrap/run.mjs');
