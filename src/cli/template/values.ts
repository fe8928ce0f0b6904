/**
 * Values as Go's templates see them. Text is a string, an integer a number, a list an array. The rest needs a word of its
 * own, because Go prints and compares it otherwise: a map, a struct, a float, a nil that knows what it is a nil of.
 */

/** A map: printed sorted by key; a key that isn't there is `zero` to `index`, and no value as a field. */
export class GoMap {
  readonly entries: ReadonlyMap<string, GoValue>;
  readonly zero: GoValue;
  /** As Go names it: `map[string]string`. */
  readonly type: string;
  readonly keyType: string;
  /** Whether a field that isn't there is an error (what Docker sets for JSON that has no type of its own). */
  readonly strict: boolean;

  constructor(entries: ReadonlyMap<string, GoValue>, options: { zero?: GoValue; type?: string; keyType?: string; strict?: boolean } = {}) {
    this.entries = entries;
    this.zero = options.zero === undefined ? '' : options.zero;
    this.type = options.type ?? 'map[string]string';
    this.keyType = options.keyType ?? 'string';
    this.strict = options.strict ?? false;
  }

  /** Keys in the order in which Go prints and ranges over them. */
  keys(): string[] {
    return [...this.entries.keys()].toSorted(compareText);
  }
}

/** A struct, or what has methods: a field that isn't there is always an error. */
export class GoStruct {
  readonly type: string;
  readonly #fields: ReadonlyMap<string, () => GoValue>;
  readonly methods: Readonly<Record<string, (argument: string) => string>>;
  /** Whether it makes JSON of itself: Go then escapes `<`, `>` and `&`. */
  readonly marshals: boolean;
  /** What it has beside its fields, and JSON leaves out. */
  readonly optional: Readonly<Record<string, GoValue>>;
  /** Other names of its fields; '' is the struct itself. */
  readonly goNames: Readonly<Record<string, string>>;
  /** Of its fields, those whose place JSON doesn't tell. */
  readonly order: readonly string[];

  /**
   * @param type as Go names it in errors: `*formatter.ContainerContext`
   * @param fields worked out when they are asked for
   * @param options.methods with one text as argument: `{{.Label "name"}}`
   */
  constructor(
    type: string,
    fields: ReadonlyMap<string, () => GoValue>,
    options: Partial<Pick<GoStruct, 'methods' | 'marshals' | 'optional' | 'goNames' | 'order'>> = {},
  ) {
    this.type = type;
    this.#fields = fields;
    this.methods = options.methods ?? {};
    this.marshals = options.marshals ?? false;
    this.optional = options.optional ?? {};
    this.goNames = options.goNames ?? {};
    this.order = options.order ?? [];
  }

  /** The fields that JSON shows. */
  names(): string[] {
    return [...this.#fields.keys()];
  }

  /** All fields. */
  allNames(): string[] {
    const names = new Set([...this.names(), ...Object.keys(this.optional)]);
    const inOrder = this.order.filter((name) => names.has(name));
    return [...new Set([...inOrder, ...names])];
  }

  has(name: string): boolean {
    return this.#fields.has(name) || Object.hasOwn(this.optional, name) || Object.hasOwn(this.goNames, name);
  }

  field(name: string): GoValue {
    const known = this.#fields.get(name);
    if (known !== undefined) return known();
    const inJson = Object.hasOwn(this.goNames, name) ? this.goNames[name] : undefined;
    if (inJson !== undefined) return inJson === '' ? this : this.field(inJson);
    return Object.hasOwn(this.optional, name) ? (this.optional[name] ?? null) : null;
  }
}

/** A float64; a number that isn't marked so is an int. */
export class GoFloat {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** A time.Duration: printed as `1m30s`, a number to JSON and to comparisons. */
export class GoDuration {
  /** In nanoseconds. */
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** A list, map or pointer that is nil. */
export class GoNil {
  readonly kind: 'list' | 'map' | 'pointer';

  constructor(kind: 'list' | 'map' | 'pointer') {
    this.kind = kind;
  }
}

/** `null` is Go's untyped nil: it prints as `<no value>`. */
export type GoValue = string | number | boolean | null | GoFloat | GoDuration | GoNil | GoMap | GoStruct | readonly GoValue[];

/** By code points, which is by bytes of UTF-8: the order in which Go sorts text. */
export function compareText(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

/** What `if`, `and`, `not` take for true: anything but nothing. */
export function isTrue(value: GoValue): boolean {
  if (value === null || value instanceof GoNil) return false;
  if (value instanceof GoMap) return value.entries.size > 0;
  if (value instanceof GoFloat || value instanceof GoDuration) return value.value !== 0;
  if (value instanceof GoStruct) return true;
  return isList(value) ? value.length > 0 : Boolean(value);
}

/** `Array.isArray` for a list that nobody may change. */
export function isList(value: GoValue): value is readonly GoValue[] {
  return Array.isArray(value);
}

/** The name of its type in errors and after `%T`. */
export function typeOf(value: GoValue): string {
  if (value === null) return '<nil>';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'number') return 'int';
  if (typeof value === 'boolean') return 'bool';
  if (value instanceof GoFloat) return 'float64';
  if (value instanceof GoDuration) return 'time.Duration';
  if (value instanceof GoNil) return { list: '[]interface {}', map: 'map[string]interface {}', pointer: '*interface {}' }[value.kind];
  if (value instanceof GoMap || value instanceof GoStruct) return value.type;
  return listType(value);
}

function listType(list: readonly GoValue[]): string {
  const types = new Set(list.map((each) => typeOf(each)));
  const [only = 'interface {}'] = types;
  return `[]${types.size === 1 ? only : 'interface {}'}`;
}
