/** What tokens are asked for: `repository:NAME:pull,push`, one for each thing. Source: Docker's token scope grammar. Pure. */

/** Scopes by the thing they are for (`repository:library/x`), each with its actions. Never loses one. */
export class ScopeSet {
  readonly #actions = new Map<string, Set<string>>();

  /** @param scopes as a challenge has them: several with spaces between */
  constructor(scopes = '') {
    this.add(scopes);
  }

  add(scopes: string): void {
    for (const scope of scopes.split(/\s+/)) {
      // The name may hold a colon (a host's port): the actions follow the last one.
      const at = scope.lastIndexOf(':');
      if (at <= 0) continue;
      const thing = scope.slice(0, at);
      const actions = this.#actions.get(thing) ?? new Set();
      this.#actions.set(thing, actions);
      for (const action of scope.slice(at + 1).split(',')) if (action !== '') actions.add(action);
    }
  }

  /** Whether every action of `scopes` is in here. */
  covers(scopes: string): boolean {
    return new ScopeSet(scopes).list().every((scope) => {
      const at = scope.lastIndexOf(':');
      const actions = this.#actions.get(scope.slice(0, at));
      return scope
        .slice(at + 1)
        .split(',')
        .every((action) => actions?.has(action) === true);
    });
  }

  /** One text a thing, in the order they came. */
  list(): string[] {
    return [...this.#actions].map(([thing, actions]) => `${thing}:${[...actions].join(',')}`);
  }
}
