/** Where an OCI layout keeps the names of its images. */

/** Where containerd and `docker save` have the whole name. */
export const FULL_NAME = 'io.containerd.image.name';
/** Where the spec has a tag, and OCI tools look for a name; some have the whole one here. Source: OCI image-spec 1.1, annotations.md. */
export const REFERENCE_NAME = 'org.opencontainers.image.ref.name';
