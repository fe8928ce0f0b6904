/** `linux.personality` as an operation. */
import { TsrunError } from '../model/errors.ts';
import type { PlanOperation } from '../model/plan.ts';
import type { OciConfig } from '../oci-spec/runtime.ts';

/** PER_* of linux/personality.h. */
const DOMAINS: Readonly<Record<string, number>> = { LINUX: 0x0000, LINUX32: 0x0008 };

/** One setPersonality, or nothing. Throws UNSUPPORTED for flags, INVALID_ARGUMENT for an unknown domain. */
export function personalityOperations(spec: OciConfig): PlanOperation[] {
  const personality = spec.linux?.personality;
  if (personality?.domain === undefined) return [];
  const { domain, flags = [] } = personality;
  if (flags.length > 0) throw new TsrunError('UNSUPPORTED', 'linux.personality.flags: are not supported');
  const persona = Object.hasOwn(DOMAINS, domain) ? DOMAINS[domain] : undefined;
  if (persona === undefined) throw new TsrunError('INVALID_ARGUMENT', `linux.personality.domain: ${JSON.stringify(domain)} is not known`);
  return [{ op: 'setPersonality', persona }];
}
