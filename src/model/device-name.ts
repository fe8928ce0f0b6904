/** Names of network devices, as the kernel takes them. Source: Linux, net/core/dev.c, dev_valid_name. */

/** @returns the name as it is @throws Error with what such a name may be */
export function checkDeviceName(text: string): string {
  if (!/^[^\s/:]{1,15}$/.test(text) || text === '.' || text === '..')
    throw new Error('a device name has 1 to 15 characters, without blanks, / and :');
  return text;
}
