/** A configuration that cannot work; `problems` holds one sentence for every variable at fault, no secrets. */
export interface ConfigError extends Error {
  code: 'bad_configuration';
  problems: string[];
}

export const configError = (problems: string[]): ConfigError =>
  Object.assign(new Error(`bad configuration: ${problems.join('; ')}`), {
    code: 'bad_configuration' as const,
    problems,
  });

export const isConfigError = (error: unknown): error is ConfigError =>
  error instanceof Error && (error as { code?: unknown }).code === 'bad_configuration';
