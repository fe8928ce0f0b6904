/** Containers whose image isn't there: they can't be started. */
import type { Engine } from '../../engine.ts';
import type { Problem } from '../check.ts';

export function checkLostImages(engine: Engine): Problem[] {
  return engine
    .database()
    .prepare('SELECT name, image_id FROM containers WHERE NOT EXISTS (SELECT 1 FROM images WHERE images.id = containers.image_id)')
    .all()
    .map((row) => ({
      what: `container ${String(row['name'])} was made from image ${String(row['image_id'])}, which isn't here`,
      remedy: `pull or load that image again, or remove the container: tsrun rm ${String(row['name'])}`,
      mend: undefined,
    }));
}
