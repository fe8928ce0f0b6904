import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { buildOciConfig } from '../../src/container/oci-config.ts';
import { stringifyOciConfig, validateOciConfig } from '../../src/oci-spec/index.ts';
import { ociConfigInput } from '../container/oci-config-fixture.ts';
import { readJson, schemaChecker, specFolder } from './schemas.ts';

const folder = specFolder('runtime-spec');
const withSpec = folder === undefined ? test.skip : test;
if (folder === undefined) test.skip('the runtime-spec schemas and examples are not here', () => {});

withSpec('the good examples of the specification are valid', (t) => {
  for (const name of readdirSync(`${folder}test/config/good`)) {
    t.deepEqual(validateOciConfig(readJson(`${folder}test/config/good/${name}`)), [], name);
  }
});

withSpec('the bad examples are not, and it says where', (t) => {
  const expected: Record<string, string> = {
    'linux-hugepage.json': 'linux.resources.hugepageLimits[0].pageSize: must be a size such as 2MB',
    'linux-netdevice.json': 'linux.netDevices.eth0.name: must be a string',
    'linux-rdma.json': 'linux.resources.rdma.mlx5_1.hcaHandles: must be an integer from 0 to 4294967295',
  };
  for (const name of readdirSync(`${folder}test/config/bad`)) {
    // No JSON at all, and a platform that is not ours.
    if (name === 'invalid-json.json' || name.startsWith('freebsd')) continue;
    t.deepEqual(validateOciConfig(readJson(`${folder}test/config/bad/${name}`)), [expected[name]], name);
  }
});

test('problems have a path and say what must be', (t) => {
  const problems = validateOciConfig({
    ociVersion: '1',
    root: {},
    process: { args: [], cwd: 'x', env: [1], user: { uid: -1 }, rlimits: [{ type: 'nofile', soft: 1 }], oomScoreAdj: 1001 },
    mounts: [{ source: '/x' }, { destination: '/y', options: 'ro' }],
    annotations: { 'a.b': 1 },
    linux: {
      namespaces: [{ type: 'pid' }, { type: 'pid' }, { type: 'net' }],
      seccomp: { defaultAction: 'ALLOW', syscalls: [{ names: [], action: 'SCMP_ACT_LOG' }] },
    },
  });
  t.deepEqual(problems.toSorted(), [
    'annotations["a.b"]: must be a string',
    'linux.namespaces[1].type: "pid" is given twice',
    'linux.namespaces[2].type: must be one of mount, pid, network, uts, ipc, user, cgroup, time',
    'linux.seccomp.defaultAction: must be one of SCMP_ACT_KILL, SCMP_ACT_KILL_PROCESS, SCMP_ACT_KILL_THREAD, SCMP_ACT_TRAP, SCMP_ACT_ERRNO, SCMP_ACT_TRACE, SCMP_ACT_ALLOW, SCMP_ACT_LOG, SCMP_ACT_NOTIFY',
    'linux.seccomp.syscalls[0].names: must not be empty',
    'mounts[0].destination: must be given',
    'mounts[1].options: must be an array of strings',
    'ociVersion: must be a version such as 1.2.0',
    'process.args: must be a non-empty array of strings',
    'process.cwd: must be an absolute path',
    'process.env: must be an array of strings',
    'process.oomScoreAdj: must be an integer from -1000 to 1000',
    'process.rlimits[0].hard: must be given',
    'process.rlimits[0].type: must be a name such as RLIMIT_NOFILE',
    'process.user.uid: must be an integer from 0 to 4294967295',
    'root.path: must be given',
  ]);
  for (const value of [undefined, null, [], 'x', 1]) t.deepEqual(validateOciConfig(value), ['the document: must be an object']);
});

/** Every place of a document, as keys from the root. */
function places(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, each]) => places(each, [...path, key]))];
}

function replaceAt(value: unknown, path: readonly string[], by: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return by;
  if (Array.isArray(value)) return value.map((each: unknown, index) => (String(index) === key ? replaceAt(each, rest, by) : each));
  const object = value as Record<string, unknown>;
  return { ...object, [key]: replaceAt(object[key], rest, by) };
}

withSpec('what the schema refuses, we refuse: the example of the specification with anything in any place', (t) => {
  const check = schemaChecker(folder ?? '', 'config-schema.json');
  const document = readJson(`${folder}test/config/good/spec-example.json`);
  const ours = buildOciConfig(ociConfigInput({ limits: { memory: 1 << 30, cpus: 1 }, ulimits: [{ name: 'core', soft: 0, hard: 1 }] }));
  const values = fc.oneof(fc.constantFrom(null, true, '', 'x', 0, -1, 1.5, 2 ** 33, [], {}, [1], ['x'], { x: 1 }), fc.jsonValue());
  const spots = [document, JSON.parse(JSON.stringify(ours)) as unknown].flatMap((each) =>
    places(each).map((path) => ({ document: each, path })),
  );
  fc.assert(
    fc.property(fc.constantFrom(...spots), values, ({ document, path }, value) => {
      const changed = replaceAt(document, path, value);
      const theirs = check(changed);
      if (theirs.length > 0)
        t.not(validateOciConfig(changed).length, 0, `${path.join('.')} = ${JSON.stringify(value)}: ${theirs.join('; ')}`);
    }),
    { numRuns: 3000 },
  );
});

test('2^64 - 1 survives as text', (t) => {
  const spec = buildOciConfig(ociConfigInput({ ulimits: [{ name: 'core', soft: -1, hard: -1 }] }));
  const text = stringifyOciConfig(spec, 1);
  t.regex(text, /"hard": 18446744073709551615/);
  t.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(spec)));
  t.is(
    stringifyOciConfig({ value: 0xffffffffffffffffn, text: '18446744073709552000' }),
    '{"value":18446744073709551615,"text":"18446744073709552000"}',
  );
});

withSpec('our validator is short enough to be read: it imports nothing from outside its folder', (t) => {
  const source = new URL('../../src/oci-spec/', import.meta.url);
  for (const name of readdirSync(source)) {
    const imports = [...readFileSync(new URL(name, source), 'utf8').matchAll(/from '([^']+)'/g)].map((match) => match[1] ?? '');
    t.deepEqual(
      imports.filter((path) => !path.startsWith('./')),
      [],
      name,
    );
  }
});
