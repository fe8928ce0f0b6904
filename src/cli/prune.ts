/** What the prunes of containers, images and volumes share: ask, then remove, or with `--dry-run` only look, and say what went. */
import type { Engine } from '../engine/engine.ts';
import type { EngineOptions } from '../model/run-request.ts';
import { confirm } from './confirm.ts';
import { openEngine } from './engine.ts';
import type { FlagValues } from './flags.ts';
import { prunedBlock, reclaimedLine, type PrunedKind } from './format/pruned.ts';
import { writeOut } from './output.ts';

/** A prune of one kind of things. `Gone` is what the engine says of those that went, or would go. */
export interface Prune<Gone extends { bytes: number }> {
  kind: PrunedKind;
  /** What is said before the question. */
  warning: string;
  remove(engine: Engine): Gone;
  /** What `remove` would do. */
  look(engine: Engine): Gone;
  /** A line each. */
  lines(gone: Gone): readonly string[];
}

/** @returns the exit code: 0, also where the answer is no */
export function prune<Gone extends { bytes: number }>(options: EngineOptions, flags: FlagValues, what: Prune<Gone>): number {
  const dryRun = flags.flag('dry-run');
  const goOn = dryRun || flags.flag('force') || confirm(what.warning);
  const engine = openEngine(options);
  const tense = dryRun ? 'would' : 'did';
  if (!goOn) {
    writeOut(reclaimedLine([], tense));
    return 0;
  }
  const gone = dryRun ? what.look(engine) : what.remove(engine);
  writeOut(prunedBlock(what.kind, what.lines(gone), tense) + reclaimedLine([gone], tense));
  return 0;
}
