import { Command } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import { authCommand } from './auth/auth-command.ts';
import { keysCommand } from './auth/keys-command.ts';
import { consoleCommand } from './console/console-command.ts';
import { demoCommand } from './demo/demo-command.ts';
import { dlqCommand } from './dlq/dlq-command.ts';
import { erasuresCommand } from './erasures/erasures-command.ts';
import { evalCommand } from './eval/eval-command.ts';
import { importCommand } from './import/import-command.ts';
import { ordersCommand } from './orders/orders-command.ts';
import { outboxCommand } from './outbox/outbox-command.ts';
import { rebuildCommand } from './rebuild/rebuild-command.ts';
import { statusCommand } from './status/status-command.ts';
import { topicsCommand } from './topics/topics-command.ts';
import { upCommand } from './up/up-command.ts';

export const soukProgram = (): Command =>
  new Command('souk')
    .description('An event-driven shop backend: four services, one command.')
    .version(manifest.version)
    .addCommand(upCommand())
    .addCommand(importCommand())
    .addCommand(evalCommand())
    .addCommand(demoCommand())
    .addCommand(consoleCommand())
    .addCommand(statusCommand())
    .addCommand(ordersCommand())
    .addCommand(dlqCommand())
    .addCommand(rebuildCommand())
    .addCommand(outboxCommand())
    .addCommand(erasuresCommand())
    .addCommand(topicsCommand())
    .addCommand(authCommand())
    .addCommand(keysCommand());

/** What is written of an error: one line where its text was meant for the user, otherwise all there is. */
export const errorText = (error: unknown): unknown => {
  // A plain Error was written for the user, its text says what to do; anything else is a defect and needs its stack.
  const meant = error instanceof Error && (error.constructor === Error || 'syscall' in error);
  return meant ? `souk: ${error.message}` : error;
};
