/** The monitor and the plan decoder built with ASan and UBSan, once, in a folder of the build that outlives the test. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

const project: string = fileURLToPath(new URL('../..', import.meta.url));

export interface Sanitized {
  monitor: string;
  planCheck: string;
}

/** Build what changed since the last time. */
export function buildSanitized(): Sanitized {
  const folder = join(project, 'build/sanitized');
  execFileSync('cmake', ['-S', project, '-B', folder, '-DTSRUN_SANITIZE=ON', '-DCMAKE_BUILD_TYPE=Debug'], { stdio: 'pipe' });
  execFileSync('cmake', ['--build', folder], { stdio: 'pipe' });
  return { monitor: join(folder, 'tsrun-monitor'), planCheck: join(folder, 'plan-check') };
}
