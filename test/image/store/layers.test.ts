import test from 'ava';
import type { Digest } from '../../../src/model/image.ts';
import { chainIds } from '../../../src/image/store/layers.ts';

const digest = (letter: string): Digest => `sha256:${letter.repeat(64)}`;

test('chain IDs: the bottom is its diff ID, each other one is the hash of both', (t) => {
  t.deepEqual(chainIds([]), []);
  t.deepEqual(chainIds([digest('a')]), [digest('a')]);
  // printf 'sha256:aaa… sha256:bbb…' | sha256sum
  const chain = chainIds([digest('a'), digest('b'), digest('c')]);
  t.is(chain.length, 3);
  t.is(chain[1], 'sha256:ccd722928bd92476ba1745586fed6e45a102504185ad88cd89e01ff116fd146c');
  t.is(chain[2], 'sha256:c1377126441fb2f5ec2c21ae2a60255331d639e830f0ee1b40a36e52d4c40588');
});

test('the same layer on other layers has another chain ID', (t) => {
  t.not(chainIds([digest('a'), digest('c')])[1], chainIds([digest('b'), digest('c')])[1]);
});
