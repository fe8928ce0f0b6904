import test from 'ava';
import { endpointsFor, isInsecure } from '../../../src/image/registry/endpoints.ts';
import { proxyFor } from '../../../src/image/registry/proxy.ts';

const show = (domain: string, insecure: string[] = [], mirrors: string[] = []): string[] =>
  endpointsFor(domain, insecure, mirrors).map(
    ({ base, verify, isMirror }) => `${base.href}${verify ? '' : ' unverified'}${isMirror ? ' mirror' : ''}`,
  );

test('docker.io is served elsewhere, after its mirrors', (t) => {
  t.deepEqual(show('docker.io'), ['https://registry-1.docker.io/']);
  t.deepEqual(show('docker.io', [], ['https://m.example', 'http://n.example/path']), [
    'https://m.example/ mirror',
    'http://n.example/path/ unverified mirror',
    'https://registry-1.docker.io/',
  ]);
});

test('mirrors are for docker.io only', (t) => {
  t.deepEqual(show('r.example:5000', [], ['https://m.example']), ['https://r.example:5000/']);
});

test('insecure registries are spoken to over HTTPS without a check, then over HTTP', (t) => {
  t.deepEqual(show('localhost:5000'), ['https://localhost:5000/ unverified', 'http://localhost:5000/ unverified']);
  t.deepEqual(show('r.example', ['r.example']), ['https://r.example/ unverified', 'http://r.example/ unverified']);
});

test('which registries are insecure', (t) => {
  for (const domain of ['localhost', 'localhost:5000', '127.0.0.1:5000', '127.9.9.9', '[::1]:5000']) t.true(isInsecure(domain, []), domain);
  for (const domain of ['docker.io', '10.0.0.1:5000', 'localhost.example', '128.0.0.1']) t.false(isInsecure(domain, []), domain);
  t.true(isInsecure('10.1.2.3:5000', ['10.0.0.0/8']));
  t.true(isInsecure('[fd00::5]:5000', ['fd00::/8']));
  t.true(isInsecure('r.example:5000', ['r.example']));
  t.true(isInsecure('r.example:5000', ['r.example:5000']));
  t.false(isInsecure('r.example:5001', ['r.example:5000']));
  t.false(isInsecure('10.1.2.3', ['10.0.0.0/99', 'nonsense/8']));
});

for (const mirror of ['m.example', 'ftp://m.example', 'https://u:p@m.example', 'https://m.example?x', '']) {
  test(`no mirror: ${JSON.stringify(mirror)}`, (t) => {
    t.throws(() => show('docker.io', [], [mirror]), { message: /^invalid mirror: / });
  });
}

const PROXIES = { HTTP_PROXY: 'plain.example:3128', HTTPS_PROXY: 'http://secure.example:3128' };
const proxy = (url: string, environment: Record<string, string>): string | undefined => proxyFor(new URL(url), environment);

test('proxies by scheme', (t) => {
  t.is(proxy('http://r.example/', PROXIES), 'http://plain.example:3128');
  t.is(proxy('https://r.example/', PROXIES), 'http://secure.example:3128');
  t.is(proxy('https://r.example/', { https_proxy: 'http://small.example' }), 'http://small.example');
  t.is(proxy('https://r.example/', {}), undefined);
  t.is(proxy('https://r.example/', { HTTPS_PROXY: '' }), undefined);
});

test('the loopback goes through no proxy', (t) => {
  for (const host of ['localhost', '127.0.0.1:5000', '127.8.8.8', '[::1]:5000']) t.is(proxy(`http://${host}/`, PROXIES), undefined, host);
});

test('NO_PROXY', (t) => {
  const isDirect = (url: string, exceptions: string): boolean => proxy(url, { ...PROXIES, NO_PROXY: exceptions }) === undefined;
  t.true(isDirect('https://r.example/', '*'));
  t.true(isDirect('https://r.example/', 'other, r.example'));
  t.true(isDirect('https://a.r.example/', 'r.example'));
  t.true(isDirect('https://a.r.example/', '.r.example'));
  t.true(isDirect('https://a.r.example/', '*.r.example'));
  t.false(isDirect('https://r.example/', '.r.example'));
  t.false(isDirect('https://ar.example/', 'r.example'));
  t.true(isDirect('https://r.example/', 'r.example:443'));
  t.false(isDirect('https://r.example/', 'r.example:80'));
  t.true(isDirect('http://10.1.2.3/', '10.0.0.0/8'));
  t.false(isDirect('http://11.1.2.3/', '10.0.0.0/8'));
  t.true(isDirect('http://[fd00::1]/', 'fd00::/8'));
  t.true(isDirect('http://10.1.2.3/', '10.1.2.3'));
});
