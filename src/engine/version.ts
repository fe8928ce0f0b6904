/** Which versions this is of what, in the shape of Docker's `version`. Source: Docker Engine API 1.41, SystemVersion. */
import { release } from 'node:os';
import { VERSION } from '../model/version.ts';

/** Go's names of architectures. */
const ARCHITECTURES: Record<string, string> = { x64: 'amd64' };

export interface VersionFacts {
  Client: { Platform: { Name: string }; Version: string; Os: string; Arch: string; NodeVersion: string };
  /** The same program: there is no daemon. What Docker tells of its API, of Go and of runc has no counterpart. */
  Server: {
    Platform: { Name: string };
    Components: { Name: string; Version: string; Details: Record<string, string> }[];
    Version: string;
    Os: string;
    Arch: string;
    KernelVersion: string;
  };
}

export function versionFacts(): VersionFacts {
  const [Version, Os, Arch] = [VERSION, 'linux', ARCHITECTURES[process.arch] ?? process.arch];
  const Platform = { Name: 'tsrun, without a daemon' };
  const KernelVersion = release();
  return {
    Client: { Platform, Version, Os, Arch, NodeVersion: process.version },
    Server: {
      Platform,
      Components: [
        { Name: 'Engine', Version, Details: { Os, Arch, KernelVersion } },
        { Name: 'Node.js', Version: process.versions.node, Details: {} },
        { Name: 'SQLite', Version: process.versions['sqlite'] ?? '', Details: {} },
      ],
      Version,
      Os,
      Arch,
      KernelVersion,
    },
  };
}
