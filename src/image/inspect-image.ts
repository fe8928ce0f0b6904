/** An image in the shape of Docker's `inspect`. Pure. Source: Docker Engine API 1.41, ImageInspect. */
import type { Image } from '../model/image.ts';
import { layerPath, type EnginePaths } from '../state/paths.ts';

/** @param names as people write them: `ubuntu:20.04`, `ubuntu@sha256:…` */
export function inspectImage(image: Image, names: readonly string[], paths: EnginePaths): Record<string, unknown> {
  const { config } = image;
  const run = config.config ?? {};
  return {
    Id: image.id,
    RepoTags: names.filter((name) => !name.includes('@')),
    RepoDigests: names.filter((name) => name.includes('@')),
    Parent: image.parent ?? '',
    Comment: config.history?.at(-1)?.comment ?? '',
    Created: config.created ?? '',
    DockerVersion: '',
    Author: config.author ?? '',
    Config: {
      Hostname: run.Hostname ?? '',
      Domainname: '',
      User: run.User ?? '',
      AttachStdin: false,
      AttachStdout: false,
      AttachStderr: false,
      ...(run.ExposedPorts === undefined ? {} : { ExposedPorts: run.ExposedPorts }),
      Tty: false,
      OpenStdin: false,
      StdinOnce: false,
      Env: run.Env ?? null,
      Cmd: run.Cmd ?? null,
      ...(run.Healthcheck === undefined ? {} : { Healthcheck: run.Healthcheck }),
      Image: '',
      Volumes: run.Volumes ?? null,
      WorkingDir: run.WorkingDir ?? '',
      Entrypoint: run.Entrypoint ?? null,
      OnBuild: run.OnBuild ?? null,
      Labels: run.Labels ?? null,
      ...(run.StopSignal === undefined ? {} : { StopSignal: run.StopSignal }),
      ...(run.Shell === undefined ? {} : { Shell: run.Shell }),
    },
    Architecture: config.architecture,
    ...(config.variant === undefined ? {} : { Variant: config.variant }),
    Os: config.os,
    Size: image.size,
    VirtualSize: image.size,
    GraphDriver: { Data: layerDirectories(image, paths), Name: 'overlay2' },
    RootFS: { Type: 'layers', Layers: config.rootfs.diff_ids },
    Metadata: { LastTagTime: image.addedAt },
  };
}

/** Where the layers are; an image that isn't mounted has no merged and no work directory. */
function layerDirectories({ layers }: Image, paths: EnginePaths): Record<string, string> | null {
  const [top, ...lower] = layers.toReversed().map((chainId) => layerPath(paths, chainId));
  if (top === undefined) return null;
  return { ...(lower.length > 0 ? { LowerDir: lower.join(':') } : {}), UpperDir: top };
}
