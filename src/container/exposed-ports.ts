/** Ports that an image or `--expose` tells of. */

const LAST_PORT = 65_535;

export interface ExposedPort {
  number: number;
  protocol: string;
}

/** The ports of `80/tcp` or `80-90/tcp`. An image may say anything: what is no port, or ends beyond the last one, is passed over. */
export function parseExposed(text: string): ExposedPort[] {
  const match = /^(\d+)(?:-(\d+))?\/(\w+)$/.exec(text);
  if (match === null) return [];
  const [, first, last = first, protocol = 'tcp'] = match;
  if (Number(last) > LAST_PORT) return [];
  const count = Math.max(Number(last) - Number(first) + 1, 0);
  return Array.from({ length: count }, (_none, index) => ({ number: Number(first) + index, protocol }));
}
