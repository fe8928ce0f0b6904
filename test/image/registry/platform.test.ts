import test from 'ava';
import {
  chooseManifest,
  compatiblePlatforms,
  formatPlatform,
  hostPlatform,
  isPlatform,
  normalizePlatform,
} from '../../../src/image/registry/platform.ts';
import type { Descriptor, Platform } from '../../../src/model/image.ts';

function platform(text: string): Platform {
  const [os = '', architecture = '', variant] = text.split('/');
  return { os, architecture, ...(variant === undefined ? {} : { variant }) };
}

function entry(text: string | undefined): Descriptor {
  return { mediaType: 'm', digest: 'sha256:00', size: 1, ...(text === undefined ? {} : { platform: platform(text) }) };
}

function choose(offers: (string | undefined)[], wanted: string): string | undefined {
  const entries = offers.map(entry);
  const chosen = chooseManifest(entries, platform(wanted));
  return chosen === undefined ? undefined : (offers[entries.indexOf(chosen)] ?? 'the one without platform');
}

test('this machine, in the words of images', (t) => {
  t.is(formatPlatform(hostPlatform('x64')), 'linux/amd64');
  t.is(formatPlatform(hostPlatform('arm64')), 'linux/arm64/v8');
  t.is(formatPlatform(hostPlatform('arm')), 'linux/arm/v7');
  t.is(formatPlatform(hostPlatform('s390x')), 'linux/s390x');
});

test('spellings', (t) => {
  t.is(formatPlatform(normalizePlatform(platform('linux/x86_64'))), 'linux/amd64');
  t.is(formatPlatform(normalizePlatform(platform('linux/amd64/v1'))), 'linux/amd64');
  t.is(formatPlatform(normalizePlatform(platform('Linux/aarch64'))), 'linux/arm64/v8');
  t.is(formatPlatform(normalizePlatform(platform('linux/armhf'))), 'linux/arm/v7');
  t.is(formatPlatform(normalizePlatform(platform('linux/arm/6'))), 'linux/arm/v6');
});

test('the best entry wins, in whatever order they stand', (t) => {
  t.is(choose(['linux/arm64/v8', 'linux/amd64', 'windows/amd64'], 'linux/amd64'), 'linux/amd64');
  t.is(choose(['linux/arm64', 'linux/amd64'], 'linux/arm64'), 'linux/arm64');
  t.is(choose(['linux/arm/v5', 'linux/arm/v7', 'linux/arm/v6'], 'linux/arm/v7'), 'linux/arm/v7');
  t.is(choose(['linux/arm/v5', 'linux/arm/v6'], 'linux/arm/v7'), 'linux/arm/v6');
  t.is(choose(['linux/arm/v7'], 'linux/arm/v6'), undefined);
  t.is(choose(['linux/arm/v7'], 'linux/arm64'), 'linux/arm/v7');
  t.is(choose(['linux/386'], 'linux/amd64'), 'linux/386');
  t.is(choose(['linux/amd64', 'linux/amd64/v3', 'linux/amd64/v2'], 'linux/amd64/v2'), 'linux/amd64/v2');
  t.is(choose(['linux/amd64/v3'], 'linux/amd64'), undefined);
});

test('attestations are no images, and one entry without a platform may be one', (t) => {
  t.is(choose(['unknown/unknown', 'linux/amd64'], 'linux/amd64'), 'linux/amd64');
  t.is(choose(['unknown/unknown'], 'linux/amd64'), undefined);
  t.is(choose([undefined], 'linux/amd64'), 'the one without platform');
  t.is(choose([undefined, undefined], 'linux/amd64'), undefined);
});

test('asked for exactly', (t) => {
  t.true(isPlatform(platform('linux/arm64'), platform('linux/arm64/v8')));
  t.true(isPlatform(platform('linux/arm/v6'), platform('linux/arm')));
  t.false(isPlatform(platform('linux/amd64'), platform('linux/arm64')));
  t.is(compatiblePlatforms(platform('linux/riscv64')).length, 1);
});
