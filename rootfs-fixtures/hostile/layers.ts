/**
 * Layers that try to leave their place, after the known attacks on unpackers, as recipes: a test makes them, takes them in,
 * and looks whether anything outside has changed.
 */
import type { TarInput } from '../../test/helpers/tar-writer.ts';

export interface HostileLayer {
  name: string;
  /** Layers from the bottom up; the last one attacks. */
  layers: TarInput[][];
  /** Refused with this code; or taken in, with these files (by name, with their text) inside the last layer. */
  outcome: { refused: 'HOSTILE' | 'CORRUPT' } | { inside: Record<string, string> };
}

/** @param outside absolute path of a directory of the host that the attacks aim at: it holds the file `victim` */
export function hostileLayers(outside: string): HostileLayer[] {
  const up = '../'.repeat(20);
  const victim = `${outside}/victim`;
  const refused = (code: 'HOSTILE' | 'CORRUPT'): { refused: 'HOSTILE' | 'CORRUPT' } => ({ refused: code });
  return [
    { name: 'a name with ..', layers: [[{ path: `${up}${victim}`, data: 'evil' }]], outcome: refused('HOSTILE') },
    {
      name: 'a name with .. further in',
      layers: [
        [
          { path: 'a/', type: '5' },
          { path: `a/${up}${victim}`, data: 'evil' },
        ],
      ],
      outcome: refused('HOSTILE'),
    },
    { name: 'an absolute name', layers: [[{ path: victim, data: 'evil' }]], outcome: { inside: { [victim.slice(1)]: 'evil' } } },
    {
      name: 'an absolute name with ..',
      layers: [[{ path: `/${up}${victim}`, data: 'evil' }]],
      outcome: { inside: { [victim.slice(1)]: 'evil' } },
    },
    {
      name: 'a file through an absolute link',
      layers: [
        [
          { path: 'link', type: '2', link: outside },
          { path: 'link/victim', data: 'evil' },
        ],
      ],
      outcome: refused('CORRUPT'),
    },
    {
      name: 'a file through an absolute link to a directory that the layer has, too',
      layers: [
        [
          { path: `${outside.slice(1)}/`, type: '5' },
          { path: 'link', type: '2', link: outside },
          { path: 'link/victim', data: 'evil' },
        ],
      ],
      outcome: { inside: { [victim.slice(1)]: 'evil' } },
    },
    {
      name: 'a file through a relative link',
      layers: [
        [
          { path: 'link', type: '2', link: `${up}${outside}` },
          { path: 'link/victim', data: 'evil' },
        ],
      ],
      outcome: refused('CORRUPT'),
    },
    {
      name: 'a link over a directory',
      layers: [
        [
          { path: 'd/', type: '5' },
          { path: 'd', type: '2', link: outside },
          { path: 'd/victim', data: 'evil' },
        ],
      ],
      outcome: refused('CORRUPT'),
    },
    {
      name: 'a file over a link to a file outside',
      layers: [
        [
          { path: 'victim', type: '2', link: victim },
          { path: 'victim', data: 'evil' },
        ],
      ],
      outcome: { inside: { victim: 'evil' } },
    },
    {
      name: 'a hard link to a file outside',
      layers: [
        [
          { path: 'x', type: '1', link: victim },
          { path: 'x', data: 'evil' },
        ],
      ],
      outcome: { inside: { x: 'evil' } },
    },
    { name: 'a hard link out by ..', layers: [[{ path: 'x', type: '1', link: `${up}${victim}` }]], outcome: refused('HOSTILE') },
    {
      name: 'a hard link through a link',
      layers: [
        [
          { path: 'd', type: '2', link: outside },
          { path: 'x', type: '1', link: 'd/victim' },
        ],
      ],
      outcome: refused('CORRUPT'),
    },
    {
      name: 'a hard link to a link to a file outside, written through',
      layers: [
        [
          { path: 'l', type: '2', link: victim },
          { path: 'x', type: '1', link: 'l' },
          { path: 'x', data: 'evil' },
        ],
      ],
      outcome: { inside: { x: 'evil' } },
    },
    {
      name: 'a hard link through a link of a lower layer',
      layers: [[{ path: 'd', type: '2', link: outside }], [{ path: 'x', type: '1', link: 'd/victim' }]],
      outcome: refused('CORRUPT'),
    },
    { name: 'a whiteout by ..', layers: [[{ path: `${up}${outside}/.wh.victim` }]], outcome: refused('HOSTILE') },
    {
      name: 'a whiteout through a link',
      layers: [[{ path: 'd', type: '2', link: outside }, { path: 'd/.wh.victim' }]],
      outcome: refused('CORRUPT'),
    },
    { name: 'a whiteout of ..', layers: [[{ path: 'a/.wh...' }]], outcome: refused('HOSTILE') },
    { name: 'a whiteout of .', layers: [[{ path: 'a/.wh..' }]], outcome: refused('HOSTILE') },
    {
      name: 'an opaque mark through a link',
      layers: [[{ path: 'd', type: '2', link: outside }, { path: 'd/.wh..wh..opq' }]],
      outcome: refused('CORRUPT'),
    },
    {
      name: 'a directory through a link: its mode',
      layers: [
        [
          { path: 'd', type: '2', link: outside },
          { path: 'd/', type: '5', mode: 0o777, uid: 99 },
        ],
      ],
      outcome: { inside: {} },
    },
    {
      name: 'the root as a file',
      layers: [
        [
          { path: './', data: 'evil' },
          { path: '.', type: '0', data: 'evil' },
        ],
      ],
      outcome: refused('CORRUPT'),
    },
    { name: 'the root as a link', layers: [[{ path: '.', type: '2', link: outside }]], outcome: refused('CORRUPT') },
    {
      name: 'a device through a link',
      layers: [
        [
          { path: 'd', type: '2', link: outside },
          { path: 'd/mem', type: '3', major: 1, minor: 1 },
        ],
      ],
      outcome: refused('CORRUPT'),
    },
    {
      name: 'a link loop',
      layers: [
        [
          { path: 'a', type: '2', link: 'b' },
          { path: 'b', type: '2', link: 'a' },
          { path: 'a/x', data: 'evil' },
        ],
      ],
      outcome: refused('CORRUPT'),
    },
    {
      name: 'a parent that a lower layer has as a link out',
      layers: [[{ path: 'd', type: '2', link: outside }], [{ path: 'd/victim', data: 'evil' }]],
      outcome: { inside: { 'd/victim': 'evil' } },
    },
    {
      name: 'attributes of a file through a link',
      layers: [
        [
          { path: 'd', type: '2', link: outside },
          { path: 'd/victim', data: 'evil', xattrs: { 'user.evil': '1' } },
        ],
      ],
      outcome: refused('CORRUPT'),
    },
    {
      name: 'a name with a zero byte',
      layers: [[{ path: 'x', pax: { path: `x\0${victim}` }, data: 'evil' }]],
      outcome: refused('CORRUPT'),
    },
  ];
}
