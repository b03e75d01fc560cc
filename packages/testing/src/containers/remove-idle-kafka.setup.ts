import { afterAll } from 'vitest';
import { removeIdleKafka } from './kafka-container.ts';

// Vitest runs this for each file of tests, where a module is loaded once for many.
afterAll(removeIdleKafka);
