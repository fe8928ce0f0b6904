/** The command line as users have it: bundled, in a folder of its own, started through a copy of bin/tsrun. */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const project = join(import.meta.dirname, '../..');

export interface Bundle {
  /** The folder that stands for the project's. */
  home: string;
  /** Run `tsrun ARGS`. */
  run(args: readonly string[], options?: RunOptions): RunOutcome;
  remove(): void;
}

interface RunOptions {
  environment?: NodeJS.ProcessEnv;
  input?: string;
}

interface RunOutcome {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Bundle what is in src now. */
export function makeBundle(): Bundle {
  const home = mkdtempSync(join(tmpdir(), 'tsrun bundle #'));
  execFileSync(process.execPath, [join(project, 'scripts/build.ts'), join(home, 'dist')], { stdio: ['ignore', 'inherit', 'inherit'] });
  mkdirSync(join(home, 'bin'));
  copyFileSync(join(project, 'bin/tsrun'), join(home, 'bin/tsrun'));
  symlinkSync(join(project, 'node_modules'), join(home, 'node_modules'));
  symlinkSync(join(project, 'build'), join(home, 'build'));
  return {
    home,
    run(args, options = {}) {
      const { status, stdout, stderr } = spawnSync(join(home, 'bin/tsrun'), args, {
        encoding: 'utf8',
        env: { ...options.environment },
        input: options.input ?? '',
      });
      return { status, stdout, stderr };
    },
    remove() {
      rmSync(home, { recursive: true, force: true });
    },
  };
}
