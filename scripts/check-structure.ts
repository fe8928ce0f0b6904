/**
 * What the linter doesn't know of our layout: imports point one way (cli -> run -> steps -> state, kernel -> model), a
 * step's folder doesn't import another step's, and a file stays short enough to hold one idea.
 *
 *   node scripts/check-structure.ts      prints what is wrong; exit 1 if anything is
 */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';

/** Lines of one file; a file that outgrows this holds more than one idea. */
const MAXIMUM_LINES = 400;

/** The folders of the seven steps. */
const STEPS = ['image', 'container', 'filesystem', 'network', 'process', 'cleanup'];
/** What anyone may import. */
const BASE = ['model', 'oci-spec'];

/** The layers of src, and which layers each may import besides itself. `top` is src/run.ts and its neighbours. */
const ALLOWED: Record<string, readonly string[]> = {
  model: BASE,
  'oci-spec': BASE,
  kernel: BASE,
  state: [...BASE, 'kernel'],
  ...Object.fromEntries(STEPS.map((step) => [step, [...BASE, 'kernel', 'state']])),
  engine: [...BASE, 'kernel', 'state', ...STEPS],
  top: [...BASE, 'kernel', 'state', ...STEPS, 'engine'],
  cli: [...BASE, 'kernel', 'state', ...STEPS, 'engine', 'top'],
  api: [...BASE, 'kernel', 'state', ...STEPS, 'engine', 'top'],
};

/** Paths imported by a module's text, as written: static, dynamic and type imports. */
function importsOf(text: string): string[] {
  const withoutComments = text.replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, '');
  const found = withoutComments.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*['"](?<path>[^'"]+)['"]/g);
  return [...found].map((match) => match.groups?.['path'] ?? '');
}

/** The layer of a file of src: its first folder, or `top`. */
function layerOf(path: string): string {
  const parts = path.split('/');
  return parts.length > 2 ? (parts[1] ?? '') : 'top';
}

/** What is wrong with the imports of `path` (from the project's root), whose text is `text`. */
export function importProblems(path: string, text: string): string[] {
  const layer = layerOf(path);
  const allowed = ALLOWED[layer];
  if (allowed === undefined) return [`${path}: src/${layer} is no layer that scripts/check-structure.ts knows`];
  const problems: string[] = [];
  for (const imported of importsOf(text)) {
    if (!imported.startsWith('.')) continue;
    const target = normalize(join(dirname(path), imported));
    if (!target.startsWith('src/')) problems.push(`${path}: imports ${target}, which is no part of the engine`);
    else if (layerOf(target) !== layer && !allowed.includes(layerOf(target))) {
      problems.push(`${path}: ${layer} must not import ${target}`);
    }
  }
  return problems;
}

/** What is wrong with the length of `path`. */
export function lengthProblems(path: string, text: string): string[] {
  const lines = text.split('\n').length - 1;
  return lines > MAXIMUM_LINES ? [`${path}: ${lines} lines; split it (at most ${MAXIMUM_LINES})`] : [];
}

/** All that is wrong with the project at `root`. */
export function structureProblems(root: string): string[] {
  const files = globSync(['{src,test,scripts,bench,rootfs-fixtures,examples}/**/*.ts', 'native/**/*.{c,h,cc,cpp}'], { cwd: root });
  return files.toSorted().flatMap((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    return [...(path.startsWith('src/') ? importProblems(path, text) : []), ...lengthProblems(path, text)];
  });
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..');
  const problems = structureProblems(root);
  for (const problem of problems) console.log(problem);
  if (problems.length > 0) process.exitCode = 1;
  else console.log(`${relative(process.cwd(), root) || '.'}: imports point one way, and no file is too long`);
}
