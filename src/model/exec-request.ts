/** `exec`: one more program in a running container, as it is asked for. */
export interface ExecRequest {
  /** Program and arguments. */
  command: string[];
  /** `NAME=value` over the container's own; a bare NAME takes one away. */
  environment: string[];
  /** undefined: the container's. */
  user: string | undefined;
  workingDirectory: string | undefined;
  /** `-t`: a pty of its own. */
  terminal: boolean;
  /** `-i`: our stdin is its stdin (else /dev/null). */
  openStdin: boolean;
  /** `-d`: start it and leave. */
  detach: boolean;
  privileged: boolean;
  /** Bytes that detach a terminal; empty is none. */
  detachKeys: Uint8Array;
}
