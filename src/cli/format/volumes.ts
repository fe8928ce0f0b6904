/** What lists show of volumes. Source: docker/cli, formatter/volume.go. */
import type { Volume } from '../../filesystem/volume-records.ts';
import { volumeData } from '../../filesystem/volumes.ts';
import type { EnginePaths } from '../../state/paths.ts';
import { labelText } from './containers.ts';
import type { Listing } from './listing.ts';

/** Docker counts these for `system df` alone. */
const NOT_COUNTED = 'N/A';

/** The columns of `volume ls`. */
export function volumeListing(paths: EnginePaths): Listing<Volume> {
  return {
    type: '*formatter.volumeContext',
    columns: {
      Driver: { title: 'DRIVER', text: () => 'local' },
      Labels: { title: 'LABELS', text: ({ labels }) => labelText(labels ?? {}) },
      Links: { title: 'LINKS', text: () => NOT_COUNTED },
      Mountpoint: { title: 'MOUNTPOINT', text: ({ name }) => volumeData(paths, name) },
      Name: { title: 'VOLUME NAME', text: ({ name }) => name },
      Scope: { title: 'SCOPE', text: () => 'local' },
      Size: { title: 'SIZE', text: () => NOT_COUNTED },
    },
    table: ['Driver', 'Name'],
    id: 'Name',
    raw: { id: 'name', template: 'name: {{.Name}}\ndriver: {{.Driver}}\n' },
    labels: ({ labels }) => labels ?? {},
  };
}
