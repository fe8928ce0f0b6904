/** A volume in the shape of Docker's `volume inspect`. Pure. Source: Docker Engine API 1.41, Volume. */
import { localTime } from '../model/local-time.ts';
import type { EnginePaths } from '../state/paths.ts';
import type { Volume } from './volume-records.ts';
import { volumeData } from './volumes.ts';

export function inspectVolume(paths: EnginePaths, { name, createdAt, labels }: Volume): Record<string, unknown> {
  return {
    CreatedAt: localTime(new Date(createdAt)),
    Driver: 'local',
    Labels: labels ?? null,
    Mountpoint: volumeData(paths, name),
    Name: name,
    // One that a container had made has none; one that was asked for could have had some.
    Options: labels === undefined ? null : {},
    Scope: 'local',
  };
}
