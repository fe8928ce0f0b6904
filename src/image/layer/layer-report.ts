/** What the unpacker tells of a layer that it unpacked, beside the tree. Names are byte strings. */
import type { ByteString } from './tar-format.ts';

export interface LayerReport {
  /** Bytes of regular files. */
  size: number;
  entries: number;
  /** Directories (clean names, '' is the root) that the layer needs but doesn't describe: they get the lower layers' owner and mode. Parents first. */
  implicit: ByteString[];
  /** Hardlinks to files that only lower layers can have. In the order of the archive. */
  lowerLinks: { path: ByteString; target: ByteString }[];
}
