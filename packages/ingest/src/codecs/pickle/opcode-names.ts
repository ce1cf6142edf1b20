/** Names of pickle opcodes that are refused, for messages (CPython Lib/pickletools.py). */
export const opcodeNames: ReadonlyMap<number, string> = new Map(
  Object.entries({
    INT: "I",
    LONG: "L",
    FLOAT: "F",
    STRING: "S",
    BINSTRING: "T",
    SHORT_BINSTRING: "U",
    NEXT_BUFFER: "\x97",
    READONLY_BUFFER: "\x98",
    UNICODE: "V",
    LIST: "l",
    DICT: "d",
    POP: "0",
    DUP: "2",
    POP_MARK: "1",
    GET: "g",
    PUT: "p",
    PERSID: "P",
    INST: "i",
    OBJ: "o",
    NEWOBJ: "\x81",
    NEWOBJ_EX: "\x92",
    EXT1: "\x82",
    EXT2: "\x83",
    EXT4: "\x84",
    EMPTY_SET: "\x8f",
    ADDITEMS: "\x90",
    FROZENSET: "\x91"
  }).map(([name, code]) => [code.charCodeAt(0), name])
)
