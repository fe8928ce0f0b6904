/** IDs and names of containers. */
import { native } from '../kernel/native.ts';
import { TsrunError } from '../model/errors.ts';
import { shortId } from '../model/short-id.ts';

/** 64 hex digits nobody has. One whose first twelve are all decimal is passed over: as a host name it would look like a number. */
export function newContainerId(): string {
  for (;;) {
    const id = Buffer.from(native().randomBytes(32)).toString('hex');
    if (!/^\d+$/.test(shortId(id))) return id;
  }
}

/**
 * The name of a container as `--name` gives it.
 * @throws TsrunError INVALID_ARGUMENT in Docker's words
 */
export function checkContainerName(name: string): string {
  const plain = name.replace(/^\//, '');
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(plain)) {
    throw new TsrunError('INVALID_ARGUMENT', `Invalid container name (${name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`, {
      path: name,
    });
  }
  return plain;
}

const ADJECTIVES =
  'able agile amber ample apt azure bold brave breezy bright brisk calm candid careful cheery chief civil clever cosy crisp curious dapper daring deft dreamy eager earnest easy elated epic fair fearless festive fine firm fleet fluent fond frank free fresh frosty gallant gentle gifted glad golden graceful grand great happy hardy hearty honest hopeful humble jolly jovial keen kind lively loyal lucid lucky magical mellow merry mighty modest neat nimble noble patient peaceful placid polite proud quick quiet ready robust serene sharp shiny silent sleek smart snug solid sparkling steady stoic sunny swift tender thrifty tidy tranquil upbeat valiant vivid warm wise witty zealous zesty'.split(
    ' ',
  );

/** People who made computing, its mathematics and its machines. */
const SURNAMES =
  'aiken allen babbage backus banach bachman bartik bell berners blackwell bohr boole booth brooks burks cantor carmack cerf church clarke cocke codd conway cook cray curie dahl davies dennard descartes diffie dijkstra eckert elion engelbart erdos euclid euler faraday feinler fermat floyd franklin galois gauss germain goldberg goldwasser gosling granville gray hamilton hamming hilbert hoare holberton hopper huffman iverson jennings johnson kahn kare karp kay keller kilburn kilby kleene knuth kolmogorov lamarr lamport lampson leibniz leslie liskov lovelace mauchly mccarthy mccluskey meyer micali milner minsky moore naur neumann newell noether noyce nygaard pascal perlis perlman postel ramanujan reynolds ritchie rivest robinson sammet shamir shannon shaw sifakis simon spence stallman stearns stroustrup sutherland tarjan tesla thacker thompson torvalds turing ullman valiant wilkes wilkinson williams wing wirth yao zuse'.split(
    ' ',
  );

/**
 * A name of the kind Docker gives, `jolly_turing`.
 * @param taken whether a container has this name; after some tries a digit is added
 */
export function randomName(taken: (name: string) => boolean): string {
  for (let tries = 0; ; tries++) {
    const random = native().randomBytes(6);
    const name = nameFrom(random);
    const numbered = tries < 6 ? name : `${name}${(random[4] ?? 0) % 10}${tries < 50 ? '' : (random[5] ?? 0)}`;
    if (!taken(numbered)) return numbered;
  }
}

/** The name that four random bytes choose. */
export function nameFrom(random: Uint8Array): string {
  const pick = (words: readonly string[], at: number): string =>
    words[(((random[at] ?? 0) << 8) | (random[at + 1] ?? 0)) % words.length] ?? '';
  return `${pick(ADJECTIVES, 0)}_${pick(SURNAMES, 2)}`;
}
