/** Operations on the process itself in words. */
import type { PlanOperation } from '../model/plan.ts';
import { capabilityWords, filterFlagNames, limitWords, signalWords } from './explain-flags.ts';
import type { Explanation } from './explain-plan.ts';
import { rlimitName } from './rlimits.ts';

type ProcessOperation = Extract<
  PlanOperation,
  {
    op:
      | 'setHostname'
      | 'setDomainname'
      | 'loopbackUp'
      | 'newSession'
      | 'joinSessionKeyring'
      | 'openTerminal'
      | 'useStreams'
      | 'setRlimit'
      | 'defaultRlimit'
      | 'setOomScore'
      | 'setUmask'
      | 'setPersonality'
      | 'limitBounding'
      | 'setUser'
      | 'setCapabilities'
      | 'noNewPrivileges'
      | 'seccomp'
      | 'changeDirectory'
      | 'parentDeathSignal'
      | 'setDumpable'
      | 'forkInit'
      | 'awaitStart'
      | 'execute';
  }
>;

/** Explain an operation on the process itself. */
export function explainProcessOperation(operation: ProcessOperation): Explanation {
  switch (operation.op) {
    case 'setHostname':
      return say(`sethostname(${quote(operation.name)})`, `Be called ${operation.name}.`);
    case 'setDomainname':
      return say(`setdomainname(${quote(operation.name)})`, `Have the NIS domain name ${operation.name}.`);
    case 'loopbackUp':
      return say('ioctl(SIOCSIFFLAGS, {"lo", IFF_UP})', 'Bring the loopback interface up.');
    case 'newSession':
      return say('setsid()', 'Begin a session of its own, without a controlling terminal.');
    case 'joinSessionKeyring':
      return say(
        `keyctl(KEYCTL_JOIN_SESSION_KEYRING, ${quote(operation.name)})`,
        "Have keys of the container's own, and none of those that whoever started it holds.",
      );
    case 'openTerminal': {
      const console = operation.console ? '; bind it on /dev/console' : '';
      const size = `${operation.rows} rows and ${operation.columns} columns`;
      return say(
        `open("/dev/pts/ptmx"); ioctl(TIOCGPTPEER)${console}; ioctl(TIOCSCTTY); dup2 to 0, 1, 2`,
        `Open a terminal of ${size} in the container's own /dev/pts, and hand its other end to the monitor.`,
      );
    }
    case 'useStreams':
      return say(
        `fchown(…, ${operation.uid}, ${operation.gid}); dup2 to 0, 1, 2`,
        'Take the pipes that the monitor made as stdin, stdout and stderr.',
      );
    case 'setRlimit': {
      const name = rlimitName(operation.resource);
      const [soft, hard] = [limitWords(operation.soft), limitWords(operation.hard)];
      return say(`prlimit(0, ${name}, {${soft}, ${hard}})`, `Limit ${name} to ${soft} (at most ${hard}).`);
    }
    case 'defaultRlimit': {
      const [name, value] = [rlimitName(operation.resource), limitWords(operation.value)];
      return say(
        `prlimit(0, ${name}, {${value}, ${value}}); EPERM: prlimit(0, ${name}, {hard, hard})`,
        `Limit ${name} to ${value}, or to what we have where that may not be raised: not to what the caller's shell was limited to.`,
      );
    }
    case 'setOomScore':
      return say(
        `write("/proc/self/oom_score_adj", "${operation.score}")`,
        `Be killed ${operation.score > 0 ? 'sooner' : operation.score < 0 ? 'later' : 'as others are'} when memory runs out.`,
      );
    case 'setUmask':
      return say(`umask(0${operation.mask.toString(8)})`, `New files lack the permissions 0${operation.mask.toString(8)}.`);
    case 'setPersonality':
      return say(`personality(0x${operation.persona.toString(16)})`, 'Choose the execution domain.');
    case 'limitBounding':
      return say(
        'prctl(PR_CAPBSET_DROP, …) for all others',
        `No program started from here can ever have other capabilities than: ${capabilityWords(operation.keep)}.`,
      );
    case 'setUser': {
      const { uid, gid, groups } = operation;
      return say(
        `setgroups([${groups.join(', ')}]); setresgid(${gid}, ${gid}, ${gid}); setresuid(${uid}, ${uid}, ${uid})`,
        `Become user ${uid} of group ${gid}.`,
      );
    }
    case 'setCapabilities':
      return say(
        `capset({effective ${hex(operation.effective)}, permitted ${hex(operation.permitted)}, inheritable ${hex(operation.inheritable)}}); ambient ${hex(operation.ambient)}`,
        `Keep these capabilities: ${capabilityWords(operation.effective)}.`,
      );
    case 'noNewPrivileges':
      return say(
        'prctl(PR_SET_NO_NEW_PRIVS, 1)',
        'No program started from here gains privileges: setuid bits and file capabilities do nothing.',
      );
    case 'seccomp': {
      const count = operation.filter.length / 8;
      return say(
        `seccomp(SECCOMP_SET_MODE_FILTER, ${filterFlagNames(operation.flags)}, ${count} instructions)`,
        'From here on, allow only the system calls of the seccomp profile.',
      );
    }
    case 'changeDirectory':
      return say(`chdir(${quote(operation.path)}); getcwd()`, `Go to ${operation.path}, and check that it lies under the root.`);
    case 'parentDeathSignal':
      return say(
        `prctl(PR_SET_PDEATHSIG, ${signalWords(operation.signal)})`,
        `Get ${signalWords(operation.signal)} when the monitor dies: a container never outlives it.`,
      );
    case 'setDumpable':
      return say(
        `prctl(PR_SET_DUMPABLE, ${operation.value})`,
        operation.value === 0
          ? 'Nobody in the container may look into this process until it executes.'
          : 'Allow ptrace and core dumps again.',
      );
    case 'forkInit':
      return say('fork()', 'Stay as PID 1 that reaps orphans and forwards signals; a child goes on.');
    case 'awaitStart':
      return say(`read(<${operation.slot}>)`, 'Say "created", and wait to be started.');
    case 'execute': {
      const candidates = operation.candidates.map(quote).join(' or ');
      const argv = operation.argv.map(quote).join(', ');
      return say(`execve(${candidates}, [${argv}], [${operation.env.length} variables])`, `Become ${operation.argv[0] ?? ''}.`);
    }
  }
}

function say(call: string, words: string): Explanation {
  return { call, words };
}

function quote(text: string): string {
  return JSON.stringify(text);
}

function hex(mask: bigint): string {
  return `0x${mask.toString(16)}`;
}
