// The health check of a container: whether traffic should come here. Status 0 or 1.
import { env } from 'node:process';

const answer = await fetch(`http://127.0.0.1:${env.PORT}/ready`).catch(() => undefined);
process.exit(answer?.ok ? 0 : 1);
