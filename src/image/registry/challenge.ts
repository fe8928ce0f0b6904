/** The `WWW-Authenticate` header: which proof a registry asks for. Source: RFC 9110 section 11.6.1, RFC 6750 section 3. Pure. */

export interface Challenge {
  /** In small letters: `bearer`, `basic`. */
  scheme: string;
  /** Names in small letters: realm, service, scope, error. */
  parameters: Record<string, string>;
}

/**
 * All challenges of a header (or of several, joined by commas as Node gives them). What isn't well-formed ends the list:
 * a registry's header is untrusted, and a challenge that can't be read is one that can't be answered.
 */
export function parseChallenges(header: string | undefined): Challenge[] {
  const challenges: Challenge[] = [];
  let rest = (header ?? '').trimStart();
  while (rest !== '') {
    const scheme = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:\s+|$)/.exec(rest);
    if (scheme === null) break;
    rest = rest.slice(scheme[0].length);
    const challenge: Challenge = { scheme: (scheme[1] ?? '').toLowerCase(), parameters: {} };
    challenges.push(challenge);
    rest = readParameters(rest, challenge.parameters);
  }
  return challenges;
}

const PARAMETER = /^\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]*))\s*(,?)\s*/;

/** Read `name=value, …` into `parameters`, and give back what follows: the next challenge. */
function readParameters(text: string, parameters: Record<string, string>): string {
  let rest = text;
  for (let match = PARAMETER.exec(rest); match !== null; match = PARAMETER.exec(rest)) {
    const [whole, name = '', quoted, token = ''] = match;
    // Object.prototype's names are no parameters.
    if (!(name.toLowerCase() in Object.prototype)) parameters[name.toLowerCase()] = quoted?.replaceAll(/\\(.)/g, '$1') ?? token;
    rest = rest.slice(whole.length);
  }
  return rest.replace(/^\s*,\s*/, '');
}
