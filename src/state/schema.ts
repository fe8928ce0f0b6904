/** The database's tables. JSON columns hold plain data of the types named beside them. */

/** Raised with every change of SCHEMA; an engine refuses a database of another version. */
export const SCHEMA_VERSION = 2;

export const SCHEMA: string = `
-- Layers on disk: layers/<hex of chain_id>. One row, one tree, however many images use it.
CREATE TABLE layers (
  chain_id TEXT PRIMARY KEY,          -- sha256:HEX
  diff_id TEXT NOT NULL,              -- sha256:HEX of the uncompressed tar
  parent TEXT REFERENCES layers(chain_id),
  size INTEGER NOT NULL,              -- bytes of regular files, as docker images counts
  blob_digest TEXT NOT NULL,          -- sha256:HEX of the blob as it came
  blob_size INTEGER NOT NULL,
  media_type TEXT NOT NULL,
  tar_size INTEGER NOT NULL           -- bytes of the uncompressed tar, which an archive's header must say before it comes
) STRICT;
-- What a layer that is here as a plain tar was compressed to when it was pushed: the next push knows the blob beforehand.
CREATE TABLE compressed_layers (
  diff_id TEXT PRIMARY KEY,           -- sha256:HEX
  digest TEXT NOT NULL,               -- sha256:HEX of the gzip blob, which isn't kept
  size INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER compressed_layers_go AFTER DELETE ON layers
WHEN NOT EXISTS (SELECT 1 FROM layers WHERE diff_id = OLD.diff_id)
BEGIN DELETE FROM compressed_layers WHERE diff_id = OLD.diff_id; END;
CREATE TABLE images (
  id TEXT PRIMARY KEY,                -- sha256:HEX of the config
  manifest_digest TEXT NOT NULL,      -- of the manifest in blobs/
  oci_manifest TEXT,                  -- of the same as an OCI manifest in blobs/, where that one is Docker's: what index.json names
  config TEXT NOT NULL,               -- model/image.ts ImageConfig
  size INTEGER NOT NULL,              -- sum of its layers' sizes
  added_at TEXT NOT NULL,             -- RFC 3339
  parent TEXT,                        -- ID of the image it was committed or built from, where that was here
  hidden INTEGER NOT NULL DEFAULT 0   -- 1: removed by rmi -f, and kept for the containers made from it
) STRICT;
CREATE TABLE image_layers (
  image_id TEXT NOT NULL REFERENCES images(id) ON DELETE CASCADE,
  position INTEGER NOT NULL,          -- 0 is the bottom
  chain_id TEXT NOT NULL REFERENCES layers(chain_id),
  PRIMARY KEY (image_id, position)
) STRICT, WITHOUT ROWID;
-- Names of images: docker.io/library/ubuntu:20.04, host:5000/x@sha256:…
CREATE TABLE image_names (
  name TEXT PRIMARY KEY,              -- canonical, with tag or digest
  image_id TEXT NOT NULL REFERENCES images(id) ON DELETE CASCADE,
  target TEXT                         -- digest of the index in blobs/ that the name stands for; null: of the image's own manifest
) STRICT, WITHOUT ROWID;
CREATE INDEX image_names_by_image ON image_names(image_id);
CREATE INDEX image_layers_by_layer ON image_layers(chain_id);
CREATE INDEX layers_by_parent ON layers(parent);
CREATE TABLE containers (
  id TEXT PRIMARY KEY,                -- 64 hex digits
  name TEXT NOT NULL UNIQUE,
  image_id TEXT NOT NULL,
  created_at TEXT NOT NULL,
  config TEXT NOT NULL,               -- model/container.ts ContainerConfig
  state TEXT NOT NULL,                -- model/container.ts ContainerState
  restart_count INTEGER NOT NULL DEFAULT 0, -- these three: model/container.ts RestartFacts
  restart_delay INTEGER NOT NULL DEFAULT 0, -- ms
  stopped_by TEXT,                    -- user, engine, restart
  health TEXT                         -- model/container.ts Health
) STRICT;
-- What happened, the newest some thousand: state/events.ts.
CREATE TABLE events (
  sequence INTEGER PRIMARY KEY,
  time_ms INTEGER NOT NULL,           -- since 1970
  type TEXT NOT NULL,                 -- container, image, network, volume
  action TEXT NOT NULL,               -- create, start, die, …
  actor TEXT NOT NULL,                -- ID or name of what it happened to
  attributes TEXT NOT NULL            -- JSON object of texts
) STRICT;
CREATE TABLE networks (
  name TEXT PRIMARY KEY,              -- 'bridge' is the default one
  bridge TEXT NOT NULL UNIQUE,        -- the device
  subnet TEXT NOT NULL,               -- 172.17.0.0/16
  gateway TEXT NOT NULL
) STRICT;
-- Addresses given out. A lease goes when its container's row says so, or the container is reclaimed.
CREATE TABLE leases (
  network TEXT NOT NULL REFERENCES networks(name),
  address TEXT NOT NULL,
  container_id TEXT NOT NULL,
  PRIMARY KEY (network, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX leases_by_container ON leases(container_id);
-- Published ports: recorded before the firewall entry is made.
CREATE TABLE ports (
  protocol TEXT NOT NULL,             -- tcp, udp, sctp
  host_address TEXT NOT NULL,         -- 0.0.0.0 is any
  host_port INTEGER NOT NULL,
  container_id TEXT NOT NULL,
  container_address TEXT NOT NULL,
  container_port INTEGER NOT NULL,
  PRIMARY KEY (protocol, host_address, host_port)
) STRICT, WITHOUT ROWID;
CREATE INDEX ports_by_container ON ports(container_id);
CREATE TABLE volumes (
  name TEXT PRIMARY KEY,
  created_at TEXT NOT NULL,
  anonymous INTEGER NOT NULL,         -- 1: goes with \`rm -v\` and \`run --rm\`
  labels TEXT NOT NULL                -- JSON object; null: nobody asked for the volume itself, a container had it made
) STRICT;
CREATE TABLE container_volumes (
  container_id TEXT NOT NULL,
  volume TEXT NOT NULL REFERENCES volumes(name),
  PRIMARY KEY (container_id, volume)
) STRICT, WITHOUT ROWID;
-- Directories made for --cgroup-parent, by who uses them: recorded before they are made, removed by the last.
CREATE TABLE cgroup_parents (
  container_id TEXT NOT NULL,
  directory TEXT NOT NULL,            -- /sys/fs/cgroup/…, one for each hierarchy and level
  PRIMARY KEY (container_id, directory)
) STRICT, WITHOUT ROWID;
CREATE INDEX cgroup_parents_by_directory ON cgroup_parents(directory);
-- Facts about this engine: boot_id of the last sweep, ip_forward as it was before us.
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
PRAGMA user_version = ${SCHEMA_VERSION};
`;
