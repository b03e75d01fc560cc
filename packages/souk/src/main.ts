import { sendToken } from './client/token.ts';
import { errorText, soukProgram } from './program.ts';

if (process.env.SOUK_TOKEN) sendToken(process.env.SOUK_TOKEN);

try {
  await soukProgram().parseAsync();
} catch (error) {
  console.error(errorText(error));
  process.exitCode = 1;
}
