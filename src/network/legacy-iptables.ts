/**
 * Firewalls kept by iptables-legacy: netlink can't change those, so its own program is called. That is only done where
 * the kernel says that such tables exist, and only when the bridge is made.
 */
import { readKernelFile } from '../kernel/kernel-file.ts';
import { TsrunError } from '../model/errors.ts';

const LEGACY_TABLES = '/proc/net/ip_tables_names';

function hasLegacyFilter(): boolean {
  try {
    return readKernelFile(LEGACY_TABLES).split('\n').includes('filter');
  } catch {
    return false; // The module isn't loaded.
  }
}

/** The rules, as iptables' arguments after the chain. */
function rulesOf(bridge: string): string[][] {
  const comment = ['-m', 'comment', '--comment', `tsrun ${bridge}`];
  return [
    ['-i', bridge, ...comment, '-j', 'ACCEPT'],
    ['-o', bridge, ...comment, '-j', 'ACCEPT'],
  ];
}

/** @returns whether iptables-legacy did it; @throws TsrunError UNSUPPORTED where there is no such program. */
function iptables(...words: string[]): boolean {
  // Loaded here and not at the top: it costs milliseconds, and is hardly ever needed.
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const { status, error } = spawnSync('iptables-legacy', ['-w', '-t', 'filter', ...words], {
    stdio: 'ignore',
    env: { PATH: '/usr/sbin:/sbin:/usr/bin:/bin' },
  });
  if (error !== undefined) {
    throw new TsrunError('UNSUPPORTED', `the host's firewall is kept by iptables-legacy, which cannot be run: ${error.message}`, {
      step: 4,
      path: LEGACY_TABLES,
      hint: 'install iptables, or remove the legacy tables (rmmod iptable_filter)',
      cause: error,
    });
  }
  return status === 0;
}

/** Accept our bridge's packets in the legacy FORWARD chain, once. */
export function allowInLegacyTables(bridge: string): void {
  if (!hasLegacyFilter()) return;
  for (const rule of rulesOf(bridge)) if (!iptables('-C', 'FORWARD', ...rule)) iptables('-I', 'FORWARD', ...rule);
}

/** Remove what `allowInLegacyTables` put in. */
export function forbidInLegacyTables(bridge: string): void {
  if (!hasLegacyFilter()) return;
  for (const rule of rulesOf(bridge)) iptables('-D', 'FORWARD', ...rule);
}
