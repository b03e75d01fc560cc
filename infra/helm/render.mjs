import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root } from '../bootstrap/places.mjs';
import { kubernetesModels, rendererCommand } from './tools.mjs';

/** @typedef {{ apiVersion: string, kind: string, metadata: { name: string, labels?: Record<string, string>, annotations?: Record<string, string> }, spec?: any, data?: any }} Manifest */

const chart = join(root, 'infra/helm/souk');
const outputMax = 16 * 1024 * 1024;

/** The sets of values, each with the files that it is made of. */
export const profiles = {
  small: ['small'],
  production: ['production'],
  everything: ['production', 'everything'],
};

/** @param {keyof typeof profiles} profile @returns {string} what the chart gives with it, in YAML */
export const renderProfile = (profile) =>
  render(profiles[profile].map((name) => join(chart, 'profiles', `${name}.yaml`)));

/** Throws what the linter or the schema of the values says. @param {string[]} files of values */
export const render = (files) => {
  const args = [chart, 'souk', 'souk', ...files];
  return execFileSync(rendererCommand(), args, {
    encoding: 'utf8',
    maxBuffer: outputMax,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
};

/** @param {string} text of YAML @returns {Manifest[]} */
export const manifestsOf = (text) => {
  const { parseAllDocuments } = createRequire(join(kubernetesModels(), 'package.json'))('yaml');
  return parseAllDocuments(text).flatMap((/** @type {any} */ document) => {
    if (document.errors.length > 0) throw document.errors[0];
    return document.toJS() ?? [];
  });
};
