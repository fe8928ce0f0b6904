/** Which containers `ps --filter` means. Pure. Source of the rules: moby, daemon/list.go. */
import { isAlive, type Container } from '../model/container.ts';
import { TsrunError } from '../model/errors.ts';
import { matchesPattern, type Filters } from '../model/filters.ts';
import type { Digest } from '../model/image.ts';
import { shownPorts } from './describe.ts';
import { mountNames } from './inspect-mounts.ts';

/** The filters that there are. */
export const CONTAINER_FILTERS: readonly string[] =
  'ancestor before exited expose health id label name network publish since status volume'.split(' ');

const STATUSES = 'created restarting running removing paused exited dead'.split(' ');
const HEALTHS = 'starting healthy unhealthy none'.split(' ');

/** What a filter needs to know beside the container. */
export interface FilterFacts {
  /** The container of a name or ID. @throws TsrunError NOT_FOUND */
  find(text: string): Container;
  /** IDs of the image that `text` means and of those made from it. */
  imagesFrom(text: string): ReadonlySet<Digest>;
}

type Test = (container: Container) => boolean;

/**
 * What holds for the containers that are meant.
 * @throws TsrunError INVALID_ARGUMENT for a value that a filter can't have, NOT_FOUND for `before` and `since`
 */
export function containerFilter(filters: Filters, facts: FilterFacts): Test {
  checkValues(filters, 'status', STATUSES, (value) => `Invalid filter 'status=${value}'`);
  checkValues(filters, 'health', HEALTHS, (value) => `Unrecognised filter value for health: ${value}`);
  // A config is read when it is looked at (`records.ts`): none is where no filter asks for it.
  const tests: Test[] = [
    (container) => !filters.has('label') || filters.matchLabels(container.config.labels),
    ({ id }) => filters.some('id', (value) => matchesPattern(value, id)),
    ({ name }) => filters.some('name', (value) => matchesPattern(value, name, `/${name}`)),
    ({ state }) => filters.some('status', (value) => value === state.status),
    ({ health }) => filters.some('health', (value) => value === (health?.status ?? 'none')),
    (container) => filters.some('volume', (value) => mountNames(container).some(({ name, target }) => value === name || value === target)),
    (container) => filters.some('network', (value) => value === container.config.network.type && value !== 'container'),
    byExitCode(filters),
    byImage(filters, facts),
    byPort(filters),
    ...filters.list('before').map((value) => isOlder(facts.find(value))),
    ...filters.list('since').map((value) => isNewer(facts.find(value))),
  ];
  return (container) => tests.every((test) => test(container));
}

function checkValues(filters: Filters, name: string, known: readonly string[], complaint: (value: string) => string): void {
  const wrong = filters.list(name).find((value) => !known.includes(value));
  if (wrong !== undefined) throw new TsrunError('INVALID_ARGUMENT', complaint(wrong), { hint: `what there is: ${known.join(', ')}` });
}

function byExitCode(filters: Filters): Test {
  const codes = filters.list('exited').map((value) => {
    if (!/^[+-]?\d+$/.test(value)) throw new TsrunError('INVALID_ARGUMENT', `strconv.Atoi: parsing "${value}": invalid syntax`);
    return Number(value);
  });
  return ({ state }) => codes.length === 0 || (state.status === 'exited' && codes.includes(state.exitCode));
}

function byImage(filters: Filters, facts: FilterFacts): Test {
  if (!filters.has('ancestor')) return () => true;
  const images = filters.list('ancestor').map((value) => facts.imagesFrom(value));
  return ({ imageId }) => images.some((ids) => ids.has(imageId));
}

const isOlder =
  (other: Container): Test =>
  ({ createdAt }) =>
    Date.parse(createdAt) < Date.parse(other.createdAt);

const isNewer =
  (other: Container): Test =>
  ({ createdAt }) =>
    Date.parse(createdAt) > Date.parse(other.createdAt);

interface PortRange {
  first: number;
  last: number;
  protocol: string;
}

/** Either is enough: a port that is published, or one that a container has. */
function byPort(filters: Filters): Test {
  const published = filters.list('publish').map((value) => portRange('publish', value));
  const exposed = filters.list('expose').map((value) => portRange('expose', value));
  if (published.length + exposed.length === 0) return () => true;
  const holds = (ranges: readonly PortRange[], port: number | undefined, protocol: string): boolean =>
    port !== undefined && ranges.some((range) => range.protocol === protocol && port >= range.first && port <= range.last);
  return (container) =>
    isAlive(container.state) &&
    shownPorts(container).some(
      ({ protocol, containerPort, published: host }) =>
        holds(published, host?.hostPort, protocol) || holds(exposed, containerPort, protocol),
    );
}

/** What Go's strconv.ParseUint says of it. */
function wrongPort(text: string): string | undefined {
  if (/^\d+$/.test(text) && Number(text) <= 65_535) return undefined;
  return `strconv.ParseUint: parsing ${JSON.stringify(text)}: ${/^\d+$/.test(text) ? 'value out of range' : 'invalid syntax'}`;
}

/** `80`, `80/udp`, `8000-8080/tcp` */
function portRange(name: string, text: string): PortRange {
  if (text.includes(':')) throw new TsrunError('INVALID_ARGUMENT', `filter for '${name}' should not contain ':': ${text}`);
  const [ports = '', protocol = 'tcp'] = text.split('/');
  const [first = '', last = first] = ports.split(/-(.*)/s);
  const wrong =
    wrongPort(first) ?? wrongPort(last) ?? (Number(first) > Number(last) ? `Invalid range specified for the Port: ${ports}` : undefined);
  if (wrong !== undefined) {
    throw new TsrunError('INVALID_ARGUMENT', `error while looking up for ${name} ${text}: ${wrong}`);
  }
  return { first: Number(first), last: Number(last), protocol: protocol.toLowerCase() };
}
