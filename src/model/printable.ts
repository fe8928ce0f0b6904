/**
 * What strangers wrote (images' authors, registries, programs in containers), fit to be read by a person. To a terminal a control
 * character is a command: it moves the cursor over other lines, retitles the window, or has the terminal type an answer.
 */

/** On one line: runs of control characters become a blank. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}

/** Control characters as `\u001b`; tabs and line ends stay. */
export function visible(text: string): string {
  return text.replaceAll(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Plain data, as JSON has it, with all its texts and keys `visible`. */
export function visibleData<Data>(data: Data): Data {
  if (typeof data === 'string') return visible(data) as Data;
  if (Array.isArray(data)) return data.map((each: unknown) => visibleData(each)) as Data;
  if (typeof data !== 'object' || data === null) return data;
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [visible(name), visibleData(value as unknown)])) as Data;
}
