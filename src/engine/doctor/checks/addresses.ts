/** Addresses and ports that are given out to containers that don't run. */
import { reclaimNetwork } from '../../../network/index.ts';
import { isOwned } from '../../../state/ownership.ts';
import type { Engine } from '../../engine.ts';
import type { Problem } from '../check.ts';
import { shortId } from '../../../model/short-id.ts';

export function checkAddresses(engine: Engine): Problem[] {
  const database = engine.database();
  const rows = [
    ...database
      .prepare('SELECT container_id, address AS what FROM leases')
      .all()
      .map((row) => ({ ...row, kind: 'address' })),
    ...database
      .prepare("SELECT container_id, host_address || ':' || host_port || '/' || protocol AS what FROM ports")
      .all()
      .map((row) => ({ ...row, kind: 'port' })),
  ] as unknown as { container_id: string; what: string; kind: string }[];
  return rows
    .filter((row) => !isOwned(engine.paths, row.container_id))
    .map((row) => ({
      what: `${row.kind} ${row.what} is held for container ${shortId(row.container_id)}, which doesn't run`,
      remedy: 'given back',
      mend: () => reclaimNetwork({ database, bridge: engine.options.bridge }, row.container_id),
    }));
}
