/** The text of `tsrun version`, in the lines of Docker's. */
import type { VersionFacts } from '../../engine/version.ts';

/** Where the values of each section begin. */
const WIDTH = 19;

export function versionText({ Client, Server }: VersionFacts): string {
  return [
    'Client:',
    line(' Version:', Client.Version),
    line(' Node version:', Client.NodeVersion),
    line(' OS/Arch:', `${Client.Os}/${Client.Arch}`),
    '',
    // Docker has its product's name here.
    `Server: ${Server.Platform.Name}`,
    ...Server.Components.flatMap(({ Name, Version, Details }) => [
      ` ${Name}:`,
      line('  Version:', Version),
      ...('Os' in Details
        ? [line('  OS/Arch:', `${Details['Os']}/${Details['Arch']}`), line('  Kernel version:', Details['KernelVersion'] ?? '')]
        : []),
    ]),
    '',
  ].join('\n');
}

const line = (name: string, value: string): string => name.padEnd(WIDTH) + value;
