/** `--gpus`. Source of the grammar: docker/cli, opts/gpus.go. There is no device driver here that could serve it. */
import { cut } from '../../model/cut.ts';
import { splitFields } from './mount-flag.ts';
import { refused } from './refusal.ts';

/** What a driver would be asked for. */
interface GpuRequest {
  driver: string;
  capabilities: string[];
}

/** @throws Error in Docker's words */
export function parseGpus(text: string): GpuRequest {
  const request: GpuRequest = { driver: '', capabilities: ['gpu'] };
  const seen = new Set<string>();
  for (const field of splitFields(text)) {
    const [key, value] = cut(field, '=');
    if (seen.has(key)) throw new Error(`gpu request key '${key}' can be specified only once`);
    seen.add(key);
    if (value === undefined) {
      seen.add('count');
      checkCount(key);
    } else setField(request, key, value, field);
  }
  return request;
}

function setField(request: GpuRequest, key: string, value: string, field: string): void {
  switch (key) {
    case 'driver':
      request.driver = value;
      return;
    case 'count':
      checkCount(value);
      return;
    case 'capabilities':
      request.capabilities = [...value.split(','), 'gpu'];
      return;
    case 'device':
    case 'options':
      return;
    default:
      throw new Error(`unexpected key '${key}' in '${field}'`);
  }
}

function checkCount(text: string): void {
  if (text === 'all' || /^[+-]?\d+$/.test(text)) return;
  throw new Error(`count must be an integer: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
}

/** @throws Error in Docker's words, always */
export function refuseGpus(text: string): never {
  const { driver, capabilities } = parseGpus(text);
  throw refused(`could not select device driver ${JSON.stringify(driver)} with capabilities: [[${capabilities.join(' ')}]]`);
}
