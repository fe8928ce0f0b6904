import test from 'ava';
import { compileSeccomp } from '../../../src/process/seccomp/compile.ts';
import { describeFilter } from '../../../src/process/seccomp/describe.ts';

test('a filter reads as what it does', (t) => {
  const syscalls = [
    {
      names: ['socket'],
      action: 'SCMP_ACT_ERRNO',
      errnoRet: 13,
      args: [{ index: 0, op: 'SCMP_CMP_MASKED_EQ', value: 0xff, valueTwo: 38 }],
    },
  ];
  const lines = describeFilter(compileSeccomp({ defaultAction: 'SCMP_ACT_ALLOW', syscalls }, 'arm64').filter);
  t.deepEqual(lines, [
    '0: load architecture',
    '1: if it == 0xc00000b7 go to 2, else 10',
    '2: load number',
    '3: if it >= 0xc6 go to 4, else 9',
    '4: if it >= 0xc7 go to 9, else 5',
    '5: load low half of argument 0',
    '6: and 0xff',
    '7: if it == 0x26 go to 8, else 9',
    '8: fail with errno 13',
    '9: allow',
    '10: kill the process',
  ]);
});
