/** What this project wants to reach, and what it did. */
import type { Row } from './measure.ts';

interface Aim {
  what: string;
  /** Whose figure ours is divided by; undefined: the figure itself counts. */
  beside?: string;
  most: number;
}

const RUN = '`run --rm busybox true`';

const AIMS: readonly Aim[] = [
  { what: RUN, beside: 'docker', most: 0.18 },
  { what: RUN, beside: 'podman', most: 0.18 },
  { what: '… on the host’s network', beside: 'docker', most: 0.32 },
  { what: '`exec` of true', beside: 'docker', most: 0.6 },
  { what: 'Node’s first line to the program’s first, bridge', most: 20 },
  { what: 'memory a running container', most: 300 },
  { what: '`exec` of true', beside: 'docker', most: 0.55 },
  { what: '`start` of a container', beside: 'docker', most: 0.2 },
  { what: '`rm -f` of a running one', beside: 'docker', most: 0.3 },
  { what: '40 × `run -d` by 8 clients', beside: 'docker', most: 0.2 },
  { what: '`load` of Debian (minbase)', beside: 'docker', most: 0.6 },
  { what: '`load` of Debian (minbase)', beside: 'docker', most: 0.5 },
  { what: '`save` of Debian', beside: 'docker', most: 0.7 },
  { what: '`pull` of Debian', beside: 'docker', most: 0.5 },
  { what: '`pull` of Debian in 12 layers', beside: 'docker', most: 0.5 },
  { what: 'a thousand listed beside ten', most: 2 },
  { what: 'memory while it pulls Debian', most: 150_000 },
  ...['load', 'save', 'push', 'pull', 'export', 'commit'].map((command) => ({
    what: `memory of \`${command}\`, a layer of 4 GiB`,
    most: 150_000,
  })),
];

/** A Markdown table of the aims: reached or missed. Rows that were not measured are left out. */
export function aimsTable(rows: readonly Row[]): string {
  const lines = AIMS.flatMap(({ what, beside, most }) => {
    const row = rows.find((each) => each.what === what);
    const ours = row?.figures['tsrun'];
    const other = beside === undefined ? 1 : row?.figures[beside];
    if (row === undefined || ours === undefined || other === undefined) return [];
    const value = ours / other;
    const unit = beside === undefined ? ` ${row.unit}` : ` of ${beside}’s`;
    const shown = beside === undefined ? (value < 10 ? value.toFixed(2) : String(Math.round(value))) : value.toFixed(3);
    return [`| ${what} | ${shown}${unit} | ${most} | ${value <= most ? 'reached' : 'missed'} |`];
  });
  return ['| | ours | at most | |', '| --- | --- | ---: | --- |', ...lines].join('\n');
}
