/** What a pull may be told. */
import type { RequestedPlatform } from '../../model/run-request.ts';
import type { RegistryOptions } from '../registry/options.ts';

export interface PullOptions {
  /** `--platform`; undefined is this machine's. */
  platform?: RequestedPlatform | undefined;
  insecureRegistries?: readonly string[] | undefined;
  registryMirrors?: readonly string[] | undefined;
  /**
   * Ends the pull; nothing half-done stays. Where none is given, SIGINT, SIGTERM and SIGHUP do the same, and then have
   * their usual effect.
   */
  signal?: AbortSignal | undefined;
  /** For tests, and for hosts with other ways: times, environment, folders of certificates. */
  registry?: Partial<Pick<RegistryOptions, 'environment' | 'certificateDirectories'>> & { times?: Partial<RegistryOptions['times']> };
}
