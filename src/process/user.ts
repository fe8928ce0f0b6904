/**
 * `-u` and `--group-add` looked up in an image's passwd and group files, as Docker and runc do (moby/sys/user): numbers
 * needn't be there, names must. The files are the image's, so they are read as input that may be anything: a line that
 * isn't right is passed over, above all one whose number is none, which must not become root.
 */
import { TsrunError } from '../model/errors.ts';

/** Text of /etc/passwd and /etc/group in the container; undefined (or empty) where there is none. */
export interface UserFiles {
  passwd: string | undefined;
  group: string | undefined;
}

export interface FoundUser {
  uid: number;
  gid: number;
  /** Supplementary groups, without doubles; `gid` need not be among them. */
  groups: number[];
  /** `/` for a user without an entry. */
  home: string;
}

interface PasswdEntry {
  name: string;
  uid: number;
  gid: number;
  home: string;
}

interface GroupEntry {
  name: string;
  gid: number;
  members: string[];
}

/** Largest uid and gid that Docker takes. */
const MAX_ID = 0x7fffffff;

/** A number as Go's Atoi reads it; undefined where it is none. Throws INVALID_ARGUMENT, in Docker's words, beyond the range. */
function parseId(text: string): number | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined;
  const number = Number(text);
  if (number < 0 || number > MAX_ID) throw new TsrunError('INVALID_ARGUMENT', `uids and gids must be in range 0-${MAX_ID}`, { path: text });
  return number + 0; // -0 is 0
}

/** A file's number; undefined where it can't be one. */
function fileId(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,10}$/.test(text)) return undefined;
  const number = Number(text);
  return number <= MAX_ID ? number : undefined;
}

/** Fields of each line that says something. */
function* records(text: string | undefined): Generator<string[]> {
  for (const raw of (text ?? '').split('\n')) {
    const line = raw.trim();
    if (line !== '' && !line.startsWith('#')) yield line.split(':');
  }
}

function findPasswd(text: string | undefined, matches: (entry: PasswdEntry) => boolean): PasswdEntry | undefined {
  for (const [name = '', , uidText, gidText, , home = ''] of records(text)) {
    const uid = fileId(uidText);
    const gid = fileId(gidText);
    if (uid === undefined || gid === undefined) continue;
    const entry = { name, uid, gid, home };
    if (matches(entry)) return entry;
  }
  return undefined;
}

function findGroups(text: string | undefined, matches: (entry: GroupEntry) => boolean): GroupEntry[] {
  const found: GroupEntry[] = [];
  for (const [name = '', , gidText, members = ''] of records(text)) {
    const gid = fileId(gidText);
    if (gid === undefined) continue;
    const entry = { name, gid, members: members === '' ? [] : members.split(',') };
    if (matches(entry)) found.push(entry);
  }
  return found;
}

/** A group's number, by number or name. */
function lookUpGroup(wanted: string, text: string | undefined): number {
  const gid = parseId(wanted);
  if (gid !== undefined) return gid;
  const [found] = findGroups(text, (entry) => entry.name === wanted);
  if (found === undefined)
    throw new TsrunError('NOT_FOUND', `unable to find group ${wanted}: no matching entries in group file`, { path: wanted });
  return found.gid;
}

/**
 * Who the container's program is to be.
 * @param user `name`, `uid`, `name:group`, `uid:gid` …; empty is root.
 * @param groupAdd further groups, by name or number.
 * @throws TsrunError NOT_FOUND for a name without an entry, INVALID_ARGUMENT for a number out of range, in Docker's words.
 */
export function resolveUser(user: string, groupAdd: readonly string[], { passwd, group }: UserFiles): FoundUser {
  const [userText = '', ...rest] = user.split(':');
  const groupText = rest.join(':');
  const wantedUid = userText === '' ? 0 : parseId(userText);
  const entry = findPasswd(passwd, ({ name, uid }) => (wantedUid === undefined ? name === userText : uid === wantedUid));
  const uid = entry?.uid ?? wantedUid;
  if (uid === undefined)
    throw new TsrunError('NOT_FOUND', `unable to find user ${userText}: no matching entries in passwd file`, { path: userText });

  const found: FoundUser = {
    uid,
    gid: entry?.gid ?? 0,
    groups: [],
    home: entry?.home === undefined || entry.home === '' ? '/' : entry.home,
  };
  if (groupText !== '') found.gid = lookUpGroup(groupText, group);
  else if (entry !== undefined && entry.name !== '') {
    // Only a group that was not given leaves the user its others.
    found.groups = findGroups(group, ({ members }) => members.includes(entry.name)).map(({ gid }) => gid);
  }
  found.groups = [...new Set([...found.groups, ...groupAdd.map((wanted) => lookUpGroup(wanted, group))])];
  return found;
}
