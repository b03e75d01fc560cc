import { type ChildProcess, spawn } from 'node:child_process';

/**
 * What the guard runs: it blocks on its standard input, whose other end only the guarding process holds. That
 * ends when the process dies, even by SIGKILL; then the ward is stopped, and killed if it does not go.
 */
const script = `
read -r _
kill -s "$2" "$1" && kill -s CONT "$1"
left=$3
while kill -0 "$1" && [ "$left" -gt 0 ]; do sleep 1; left=$((left - 1)); done
kill -s KILL "$1"
if [ -n "$4" ]; then rm -rf -- "$4"; fi
`;
const killAfterSeconds = 12;

/**
 * Makes sure that a child does not outlive this process: a shell of a megabyte waits for this process's end,
 * sends the child the signal, after 12 s SIGKILL, and then deletes the given folder. Returns the release, to be
 * called when the child has ended on its own. POSIX only.
 */
export const guard = (pid: number, signal: NodeJS.Signals, removeFolder = ''): (() => void) => {
  const name = signal.replace(/^SIG/, '');
  const shell = spawn(
    'sh',
    ['-c', script, 'souk-guard', `${pid}`, name, `${killAfterSeconds}`, removeFolder],
    {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
      cwd: '/',
    },
  );
  shell.on('error', () => undefined);
  forget(shell);
  return () => void shell.kill('SIGKILL');
};

/** Neither the shell nor its pipe may keep this process alive. */
const forget = (shell: ChildProcess): void => {
  shell.unref();
  const { stdin } = shell;
  stdin?.on('error', () => undefined);
  if (stdin && 'unref' in stdin && typeof stdin.unref === 'function') stdin.unref();
};
