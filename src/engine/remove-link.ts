/** `rm --link`: a container forgets another one that it was linked to. Source of the rules: moby, daemon/delete.go. */
import { removeLinkHosts } from '../container/links.ts';
import { readCandidates, readContainer, writeConfig } from '../container/records.ts';
import type { Container, ContainerLink } from '../model/container.ts';
import { TsrunError } from '../model/errors.ts';
import { transaction } from '../state/database.ts';
import { containerOf } from './current.ts';
import type { Engine } from './engine.ts';
import { rewriteHosts } from './links.ts';

/**
 * Remove a link. A container that runs finds the other one no longer by that name; its programs keep the variables they have.
 * @param text `NAME/ALIAS`, of the container that has the link
 * @throws TsrunError NOT_FOUND for what is no link; CONFLICT for a container's own name, in Docker's words
 */
export function removeLink(engine: Engine, text: string): void {
  const [name, alias] = splitLink(text);
  if (alias === undefined) {
    const { id } = containerOf(engine, name);
    throw new TsrunError('CONFLICT', 'Conflict, cannot remove the default link name of the container', {
      path: id,
      hint: 'a link is named by the container that has it and its alias: tsrun rm --link CONTAINER/ALIAS',
    });
  }
  const database = engine.database();
  const link = transaction(database, () => {
    const container = readCandidates(database, name).find((each) => each.name === name);
    const found = container?.config.links.find((each) => each.alias === alias);
    if (container === undefined || found === undefined) throw new TsrunError('NOT_FOUND', `No such container: ${text}`, { path: text });
    writeConfig(database, container.id, withoutLink(container, found));
    return { container, found };
  });
  // A container that doesn't run has no such file, and will find none of it in the next one.
  const other = readContainer(database, link.found.id);
  if (other === undefined) return;
  const { hostname } = other.config;
  rewriteHosts(engine.paths, link.container.id, (hosts) => removeLinkHosts(hosts, { link: link.found, name: other.name, hostname }));
}

const withoutLink = ({ config }: Container, link: ContainerLink): Container['config'] => ({
  ...config,
  links: config.links.filter((each) => each.alias !== link.alias),
});

/** Where the last slash is, but for the one that a name may begin with. */
function splitLink(text: string): [name: string, alias?: string] {
  const plain = text.replace(/^\//, '');
  const at = plain.lastIndexOf('/');
  return at < 0 ? [plain] : [plain.slice(0, at), plain.slice(at + 1)];
}
