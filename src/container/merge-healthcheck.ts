/** A container's health check: what was asked for, and for the rest the image's. Pure. Source: moby, daemon/commit.go (merge). */
import type { Healthcheck } from '../model/container.ts';
import type { ImageRunConfig } from '../model/image.ts';

/** @returns undefined where there is none, or it is switched off */
export function mergeHealthcheck(asked: Healthcheck | undefined, { Healthcheck: image, Shell }: ImageRunConfig): Healthcheck | undefined {
  const test = asked === undefined || asked.test.length === 0 ? texts(image?.Test) : asked.test;
  // Without a test there is nothing to ask; times alone make no check.
  if (test.length === 0 || test[0] === 'NONE') return undefined;
  const startInterval = asked?.startInterval || natural(image?.StartInterval);
  return {
    test,
    ...(texts(Shell).length > 0 ? { shell: texts(Shell) } : {}),
    interval: asked?.interval || natural(image?.Interval),
    timeout: asked?.timeout || natural(image?.Timeout),
    startPeriod: asked?.startPeriod || natural(image?.StartPeriod),
    ...(startInterval === 0 ? {} : { startInterval }),
    retries: asked?.retries || natural(image?.Retries),
  };
}

/** An image's config is whatever its author wrote. */
const texts = (value: unknown): string[] => (Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []);

const natural = (value: unknown): number => (typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0);
