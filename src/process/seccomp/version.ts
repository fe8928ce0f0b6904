/** Raise it when anything in this folder changes what the default profile is compiled to: it is in the names of cached filters. */
export const PROFILE_VERSION = 1;
