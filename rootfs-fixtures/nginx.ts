/** A web server as Docker Hub's nginx image runs it: in the foreground, logging to stdout and stderr, stopped by SIGQUIT. */
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeDebianTree } from './debian.ts';
import { writeLayer } from './image-archive.ts';
import { DEFAULT_PATH, type Recipe } from './recipe.ts';

const INDEX = '<!DOCTYPE html>\n<html><head><title>Welcome to nginx!</title></head><body><h1>Welcome to nginx!</h1></body></html>\n';

const CONFIGURATION = `user www-data;
worker_processes 1;
error_log /var/log/nginx/error.log notice;
pid /run/nginx.pid;
events { worker_connections 256; }
http {
  include /etc/nginx/mime.types;
  access_log /var/log/nginx/access.log;
  server {
    listen 80;
    location / { root /usr/share/nginx/html; index index.html; }
  }
}
`;

export const nginx: Recipe = {
  tag: 'nginx:latest',
  sources: ['nginx.ts', 'debian.ts'],
  inputs: () => [],
  make: (scratch) => {
    const tree = join(scratch, 'tree');
    makeDebianTree(tree, ['nginx-light']);
    writeFileSync(join(tree, 'etc/nginx/nginx.conf'), CONFIGURATION);
    writeFileSync(join(tree, 'usr/share/nginx/html/index.html'), INDEX);
    for (const [name, stream] of [
      ['access.log', 'stdout'],
      ['error.log', 'stderr'],
    ] as const) {
      rmSync(join(tree, 'var/log/nginx', name), { force: true });
      symlinkSync(`/dev/${stream}`, join(tree, 'var/log/nginx', name));
    }
    return {
      config: { Env: [DEFAULT_PATH], Cmd: ['nginx', '-g', 'daemon off;'], ExposedPorts: { '80/tcp': {} }, StopSignal: 'SIGQUIT' },
      layers: [writeLayer(join(scratch, 'layer.tar'), tree)],
    };
  },
};
