/** The arguments of a run; one that nobody read is an error, so that none is ignored silently. */
export class Arguments {
  readonly #args: ReadonlyMap<string, unknown>;
  readonly #unread: Set<string>;

  constructor(args: Readonly<Record<string, unknown>>) {
    this.#args = new Map(Object.entries(args));
    this.#unread = new Set(this.#args.keys());
  }

  #take(name: string): unknown {
    this.#unread.delete(name);
    return this.#args.get(name);
  }

  has(name: string): boolean {
    return this.#args.has(name);
  }

  number(name: string, preset?: number): number {
    const value = this.#take(name) ?? preset;
    if (typeof value !== "number") throw wrong(name, value, "a number");
    return value;
  }

  /** A number, or null where the argument is null or absent. */
  optionalNumber(name: string): number | null {
    const value = this.#take(name) ?? null;
    if (value !== null && typeof value !== "number") throw wrong(name, value, "a number or null");
    return value;
  }

  boolean(name: string, preset?: boolean): boolean {
    const value = this.#take(name) ?? preset;
    if (typeof value !== "boolean") throw wrong(name, value, "true or false");
    return value;
  }

  string(name: string, preset?: string): string {
    const value = this.#take(name) ?? preset;
    if (typeof value !== "string") throw wrong(name, value, "a string");
    return value;
  }

  /** A number or a list of numbers. */
  numbers(name: string, preset?: number | number[]): number | number[] {
    const value = this.#take(name) ?? preset;
    if (typeof value === "number") return value;
    if (Array.isArray(value) && value.every((item) => typeof item === "number")) return value as number[];
    throw wrong(name, value, "a number or a list of numbers");
  }

  /** Any value, as it stands. */
  any(name: string): unknown {
    return this.#take(name);
  }

  /** @throws Error when an argument is left that nobody read */
  finish(): void {
    if (this.#unread.size > 0) throw new Error(`unknown argument ${[...this.#unread].join(", ")}`);
  }
}

function wrong(name: string, value: unknown, wanted: string): Error {
  return new Error(`argument ${name} is ${JSON.stringify(value)} where ${wanted} is needed`);
}
