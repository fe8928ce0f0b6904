/** A Docker config.json of a test's own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';

/** Write it; gives back the environment that names it. It goes with the test. */
export function dockerConfig(t: ExecutionContext, config: unknown): Record<string, string> {
  const directory = mkdtempSync(join(tmpdir(), 'tsrun-docker-config-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, 'config.json'), typeof config === 'string' ? config : JSON.stringify(config));
  return { DOCKER_CONFIG: directory };
}
