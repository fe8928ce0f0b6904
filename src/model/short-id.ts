/** The beginning of an ID, as people see it. */

const SHORT_ID_LENGTH = 12;

/** The twelve digits that people see; of a digest, those after its algorithm. */
export function shortId(id: string): string {
  return id.slice(id.indexOf(':') + 1).slice(0, SHORT_ID_LENGTH);
}
