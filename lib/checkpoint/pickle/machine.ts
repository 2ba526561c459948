import { CheckpointError } from "../error.js";
import { shorten } from "../text.js";
import type { Allowed } from "./allowed.js";
import { integerOf, latin1Text, unescapeString, unescapeUnicode } from "./literals.js";
import { Global, PyBytes, PyText, PyTuple, Shell, describe } from "./values.js";
import type { Window } from "./window.js";

/** Strings and bytes up to this length are read at once; longer ones stay in the file. */
const SHORT = 1024;
const MAX_INT_DIGITS = 1000;
const MAX_LONG_BYTES = 1024;

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** What a machine may be asked to make of names, persistent ids and states. */
export interface Effects {
  /** The meaning of "module.name"; undefined refuses it. */
  find(module: string, name: string): Allowed | undefined;
  /** A storage that lies elsewhere in the file; absent where a pickle must stand alone. */
  persistentLoad?(id: unknown, offset: number): unknown;
}

/**
 * A pickle machine (protocols 0 to 5) that builds data and runs nothing.
 *
 * 1. Opcodes push, collect and memoise values, as Python's pickletools.py documents them one by one.
 * 2. A name (GLOBAL, STACK_GLOBAL, INST) must be in the allow-list; any other is refused with its position.
 * 3. Calls (REDUCE, NEWOBJ, BUILD) reach a function of ours that the allow-list holds for that name.
 * 4. Lengths are checked against the file before anything is allocated; long payloads are skipped, not read.
 */
export class PickleMachine {
  private readonly stack: unknown[] = [];
  private readonly marks: number[] = [];
  private readonly memo = new Map<number, unknown>();
  private readonly callables = new Map<Global, Allowed>();
  private readonly globals = new Map<string, Global>();
  private frameEnd: number | undefined;
  /** Position of the opcode under way. */
  private offset = 0;

  constructor(
    private readonly window: Window,
    private readonly effects: Effects,
  ) {}

  /** Runs to STOP and gives the value; the window is left behind it. */
  async run(): Promise<unknown> {
    const { window } = this;
    for (;;) {
      if (!window.has(9)) await window.fill(Math.min(9, window.remaining));
      this.offset = window.position;
      if (window.remaining === 0) throw this.refuse("the pickle has no end");
      if (this.frameEnd === this.offset) this.frameEnd = undefined;
      const opcode = window.u8();
      if (opcode === 0x2e) return this.pop();
      if (!this.simple(opcode)) await this.payload(opcode);
      if (this.frameEnd !== undefined && window.position > this.frameEnd) {
        throw this.refuse("an instruction crosses the end of its frame");
      }
    }
  }

  private refuse(message: string): CheckpointError {
    return new CheckpointError(message, this.offset);
  }

  private push(value: unknown): void {
    this.stack.push(value);
  }

  private pop(): unknown {
    if (this.stack.length <= (this.marks.at(-1) ?? 0))
      throw this.refuse("the pickle takes from an empty stack");
    return this.stack.pop();
  }

  private top(): unknown {
    if (this.stack.length <= (this.marks.at(-1) ?? 0))
      throw this.refuse("the pickle looks at an empty stack");
    return this.stack.at(-1);
  }

  private popMark(): unknown[] {
    const mark = this.marks.pop();
    if (mark === undefined) throw this.refuse("the pickle ends a list it has not begun");
    return this.stack.splice(mark);
  }

  private popTuple(what: string): readonly unknown[] {
    const value = this.pop();
    if (!(value instanceof PyTuple)) throw this.refuse(`${what} with ${describe(value)} for its arguments`);
    return value.items;
  }

  private remember(index: number): void {
    this.memo.set(index, this.top());
  }

  private recall(index: number): void {
    if (!this.memo.has(index))
      throw this.refuse(`the pickle refers to value ${index}, which it has not made`);
    this.push(this.memo.get(index));
  }

  /** Opcodes whose arguments, if any, are in the window. False: not one of them. */
  private simple(opcode: number): boolean {
    const { window } = this;
    switch (opcode) {
      case 0x80: {
        const protocol = window.u8();
        if (protocol > 5) throw this.refuse(`pickle protocol ${protocol} is not known`);
        break;
      }
      case 0x95: {
        // FRAME
        const length = window.u64();
        window.check(length);
        if (this.frameEnd !== undefined) throw this.refuse("a frame begins within a frame");
        this.frameEnd = window.position + length;
        break;
      }
      case 0x28: // MARK
        this.marks.push(this.stack.length);
        break;
      case 0x30: // POP
        if (this.stack.length > (this.marks.at(-1) ?? 0)) this.stack.pop();
        else this.popMark();
        break;
      case 0x31: // POP_MARK
        this.popMark();
        break;
      case 0x32: // DUP
        this.push(this.top());
        break;
      case 0x4e: // NONE
        this.push(null);
        break;
      case 0x88: // NEWTRUE
      case 0x89: // NEWFALSE
        this.push(opcode === 0x88);
        break;
      case 0x4a: // BININT
        this.push(window.i32());
        break;
      case 0x4b: // BININT1
        this.push(window.u8());
        break;
      case 0x4d: // BININT2
        this.push(window.u16());
        break;
      case 0x47: // BINFLOAT
        this.push(window.f64());
        break;
      case 0x5d: // EMPTY_LIST
        this.push([]);
        break;
      case 0x29: // EMPTY_TUPLE
        this.push(new PyTuple([]));
        break;
      case 0x7d: // EMPTY_DICT
        this.push(new Map());
        break;
      case 0x8f: // EMPTY_SET
        this.push(new Set());
        break;
      case 0x6c: // LIST
        this.push(this.popMark());
        break;
      case 0x74: // TUPLE
        this.push(new PyTuple(this.popMark()));
        break;
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: {
        // TUPLE3
        const items = Array.from({ length: opcode - 0x84 }, () => this.pop());
        this.push(new PyTuple(items.reverse()));
        break;
      }
      case 0x64: {
        // DICT
        const dict = new Map();
        this.setItems(dict, this.popMark());
        this.push(dict);
        break;
      }
      case 0x91: {
        // FROZENSET
        this.push(new Set(this.popMark()));
        break;
      }
      case 0x61: // APPEND
        this.append([this.pop()]);
        break;
      case 0x65: // APPENDS
        this.append(this.popMark());
        break;
      case 0x73: {
        // SETITEM
        const value = this.pop();
        const key = this.pop();
        this.setItems(this.top(), [key, value]);
        break;
      }
      case 0x75: {
        // SETITEMS
        const items = this.popMark();
        this.setItems(this.top(), items);
        break;
      }
      case 0x90: {
        // ADDITEMS
        const items = this.popMark();
        const set = this.top();
        if (!(set instanceof Set)) throw this.refuse(`items are added to ${describe(set)}`);
        for (const item of items) set.add(item);
        break;
      }
      case 0x71: // BINPUT
        this.remember(window.u8());
        break;
      case 0x72: // LONG_BINPUT
        this.remember(window.u32());
        break;
      case 0x94: // MEMOIZE
        this.remember(this.memo.size);
        break;
      case 0x68: // BINGET
        this.recall(window.u8());
        break;
      case 0x6a: // LONG_BINGET
        this.recall(window.u32());
        break;
      case 0x93: {
        // STACK_GLOBAL
        const name = this.pop();
        const module = this.pop();
        if (typeof name !== "string" || typeof module !== "string") {
          throw this.refuse(`a name is given as ${describe(module)} and ${describe(name)}`);
        }
        this.push(this.find(module, name));
        break;
      }
      case 0x52: {
        // REDUCE
        const args = this.popTuple("a call");
        this.push(this.call(this.pop(), args));
        break;
      }
      case 0x81: {
        // NEWOBJ
        const args = this.popTuple("an object");
        this.push(this.call(this.pop(), args));
        break;
      }
      case 0x92: {
        // NEWOBJ_EX
        const keywords = this.pop();
        if (!(keywords instanceof Map) || keywords.size > 0) {
          throw this.refuse("an object is built with keyword arguments");
        }
        const args = this.popTuple("an object");
        this.push(this.call(this.pop(), args));
        break;
      }
      case 0x6f: {
        // OBJ
        const [callable, ...args] = this.popMark();
        this.push(this.call(callable, args));
        break;
      }
      case 0x62: {
        // BUILD
        const state = this.pop();
        this.build(this.top(), state);
        break;
      }
      case 0x51: {
        // BINPERSID
        const { persistentLoad } = this.effects;
        if (!persistentLoad) throw this.refuse("the pickle refers to data outside itself");
        this.push(persistentLoad(this.pop(), this.offset));
        break;
      }
      case 0x82: // EXT1
      case 0x83: // EXT2
      case 0x84: // EXT4
        throw this.refuse("the pickle uses the extension registry, which names code");
      case 0x97: // NEXT_BUFFER
      case 0x98: // READONLY_BUFFER
        throw this.refuse("the pickle refers to buffers outside itself");
      default:
        return false;
    }
    return true;
  }

  /** Opcodes with a payload of their own length. */
  private async payload(opcode: number): Promise<void> {
    const { window } = this;
    switch (opcode) {
      case 0x8c: // SHORT_BINUNICODE
        return this.text(window.u8());
      case 0x58: // BINUNICODE
        return this.text(window.u32());
      case 0x8d: // BINUNICODE8
        return this.text(window.u64());
      case 0x43: // SHORT_BINBYTES
        return this.bytes(window.u8());
      case 0x42: // BINBYTES
        return this.bytes(window.u32());
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        return this.bytes(window.u64());
      case 0x55: // SHORT_BINSTRING
        return this.oldString(window.u8());
      case 0x54: // BINSTRING
        return this.oldString(window.i32());
      case 0x8a: // LONG1
        return this.push(integerOf(await window.take(window.u8())));
      case 0x8b: {
        // LONG4
        const length = window.i32();
        if (length < 0 || length > MAX_LONG_BYTES) throw this.refuse(`an integer of ${length} bytes`);
        return this.push(integerOf(await window.take(length)));
      }
      case 0x49: // INT
        return this.push(this.decimal(await this.line(), true));
      case 0x4c: // LONG
        return this.push(this.decimal((await this.line()).replace(/L$/, ""), false));
      case 0x46: {
        // FLOAT
        const text = await this.line();
        if (!/^[-+]?(\d+\.?\d*(e[-+]?\d+)?|\.\d+|inf|nan)$/i.test(text)) {
          throw this.refuse(`"${shorten(text)}" is not a number`);
        }
        return this.push(Number(text.replace(/inf/i, "Infinity")));
      }
      case 0x53: // STRING
        return this.push(this.quoted(await this.line()));
      case 0x56: // UNICODE
        return this.push(unescapeUnicode(await this.line()));
      case 0x63: {
        // GLOBAL
        const module = await this.line();
        return this.push(this.find(module, await this.line()));
      }
      case 0x69: {
        // INST
        const module = await this.line();
        const callable = this.find(module, await this.line());
        return this.push(this.call(callable, this.popMark()));
      }
      case 0x67: // GET
        return this.recall(Number(this.decimal(await this.line(), false)));
      case 0x70: // PUT
        return this.remember(Number(this.decimal(await this.line(), false)));
      case 0x50: // PERSID
        throw this.refuse("the pickle refers to data outside itself");
      default:
        throw this.refuse(`0x${opcode.toString(16).padStart(2, "0")} is no pickle instruction`);
    }
  }

  private async line(): Promise<string> {
    return latin1Text(await this.window.line());
  }

  private async text(length: number): Promise<void> {
    const { window } = this;
    window.check(length);
    if (length > SHORT) {
      this.push(new PyText(window.source, window.position, length));
      return window.skip(length);
    }
    try {
      this.push(UTF8.decode(await window.take(length)));
    } catch (error) {
      throw error instanceof CheckpointError ? error : this.refuse("text that is not UTF-8");
    }
  }

  private bytes(length: number): void {
    this.window.check(length);
    this.push(new PyBytes(this.window.source, this.window.position, length));
    this.window.skip(length);
  }

  /** Python 2's str, which is text or bytes as it comes: short ones are taken for text. */
  private async oldString(length: number): Promise<void> {
    if (length < 0) throw this.refuse(`a string of ${length} bytes`);
    if (length > SHORT) return this.bytes(length);
    this.push(latin1Text(await this.window.take(length)));
  }

  private decimal(text: string, orBool: boolean): number | bigint | boolean {
    if (orBool && (text === "00" || text === "01")) return text === "01";
    if (!/^[-+]?\d+$/.test(text) || text.length > MAX_INT_DIGITS) {
      throw this.refuse(`"${shorten(text)}" is not an integer`);
    }
    const number = Number(text);
    return Number.isSafeInteger(number) ? number : BigInt(text);
  }

  private quoted(text: string): string {
    const quote = text[0];
    if (text.length < 2 || (quote !== "'" && quote !== '"') || text.at(-1) !== quote) {
      throw this.refuse("a string without its quotes");
    }
    return unescapeString(text.slice(1, -1));
  }

  private append(items: unknown[]): void {
    const list = this.top();
    if (!Array.isArray(list)) throw this.refuse(`items are appended to ${describe(list)}`);
    for (const item of items) list.push(item);
  }

  private setItems(target: unknown, items: unknown[]): void {
    if (items.length % 2) throw this.refuse("a dictionary has a key without a value");
    // A dictionary with attributes (dnnlib's EasyDict) is a shell whose state is the dictionary.
    const dict = target instanceof Shell ? (target.state ??= new Map()) : target;
    if (!(dict instanceof Map)) throw this.refuse(`keys are set on ${describe(target)}`);
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i];
      if (Array.isArray(key) || key instanceof Map || key instanceof Set) {
        throw this.refuse(`${describe(key)} as the key of a dictionary`);
      }
      dict.set(key, items[i + 1]);
    }
  }

  private find(module: string, name: string): Global {
    const label = `${module}.${name}`;
    const known = this.globals.get(label);
    if (known) return known;
    const allowed = this.effects.find(module, name);
    if (!allowed) {
      throw this.refuse(
        `the pickle asks for ${shorten(label)}, which is not among the names that are allowed`,
      );
    }
    const global = new Global(module, name);
    this.globals.set(label, global);
    this.callables.set(global, allowed);
    return global;
  }

  private call(callable: unknown, args: readonly unknown[]): unknown {
    const allowed = callable instanceof Global ? this.callables.get(callable) : undefined;
    if (!allowed?.call) throw this.refuse(`the pickle calls ${describe(callable)}`);
    return allowed.call(args, this.offset);
  }

  private build(target: unknown, state: unknown): void {
    if (target instanceof Shell) {
      // Attributes of a dictionary that already has its items are of no use here.
      if (target.state === null) target.state = state;
      return;
    }
    // Attributes of an OrderedDict: torch's state_dict keeps its versions there.
    if (target instanceof Map && (state === null || state instanceof Map)) return;
    const buildable = target as { build?: (state: unknown, offset: number) => void } | null;
    if (typeof buildable?.build !== "function" || Array.isArray(target)) {
      throw this.refuse(`a state is given to ${describe(target)}`);
    }
    buildable.build(state, this.offset);
  }
}
