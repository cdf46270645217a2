// Reads the X-macro lists (*.def) and the numbers in the headers beside them.
// Strict on purpose: a line that looks like an entry and is not understood stops
// the generator, so that no record can go missing without a word.

/** One field of a record or message, in wire order. `type` is the macro's name (U32, SIG, STR, ...). */
export interface Field {
  readonly type: string;
  readonly name: string;
}

export interface Entry {
  readonly name: string;
  readonly id: number;
  readonly fields: readonly Field[];
  /** The comment at the end of the line, or empty. */
  readonly comment: string;
}

export interface NamedNumber {
  readonly name: string;
  readonly value: number;
}

export interface Definitions {
  readonly ledgerVersion: number;
  readonly protocolVersion: number;
  readonly records: readonly Entry[];
  readonly flags: readonly NamedNumber[];
  readonly reasons: readonly (NamedNumber & { readonly text: string })[];
  readonly messages: readonly Entry[];
  readonly constants: readonly NamedNumber[];
  readonly comparators: readonly string[];
  readonly thresholds: readonly NamedNumber[];
}

export interface Sources {
  readonly ledgerDef: string;
  readonly ledgerHeader: string;
  readonly protocolDef: string;
  readonly protocolHeader: string;
  readonly unitsDef: string;
}

const required = (text: string | undefined, what: string): string => {
  if (text === undefined) throw new Error(`Cannot generate: ${what} is not where it should be`);
  return text;
};

function versionOf(header: string, name: string): number {
  return Number(required(new RegExp(`#define ${name} (\\d+)u`).exec(header)?.[1], name));
}

function fieldsOf(text: string, line: string): Field[] {
  const fields = [...text.matchAll(/([A-Z0-9]+)\(([A-Za-z]+)\)/g)].map((found) => ({
    type: required(found[1], line),
    name: required(found[2], line),
  }));
  if (fields.map((field) => `${field.type}(${field.name})`).join(" ") !== text.trim().replaceAll(/\s+/g, " ")) {
    throw new Error(`Cannot generate: the fields of "${line}" are not understood`);
  }
  return fields;
}

function entriesOf(text: string, macro: string): Entry[] {
  const entries: Entry[] = [];
  for (const line of text.split("\n")) {
    if (!line.startsWith(`${macro}(`)) continue;
    const found = /^[A-Z]+\((\w+),\s*(\d+),\s*(.*)\)\s*(?:\/\*\s*(.*?)\s*\*\/)?$/.exec(line);
    entries.push({
      name: required(found?.[1], line),
      id: Number(required(found?.[2], line)),
      fields: fieldsOf(required(found?.[3], line), line),
      comment: found?.[4] ?? "",
    });
  }
  if (new Set(entries.map((entry) => entry.id)).size !== entries.length) throw new Error(`Cannot generate: a ${macro} number is used twice`);
  return entries;
}

function constantsOf(header: string): NamedNumber[] {
  const constants: NamedNumber[] = [];
  for (const found of header.matchAll(/^enum \{([^}]*)\};/gm)) {
    let next = 0;
    for (const part of required(found[1], "an enum").split(",")) {
      const [name, value] = part.split("=").map((text) => text.trim());
      if (value !== undefined) next = Number(value);
      constants.push({ name: required(name, part), value: next });
      next += 1;
    }
  }
  return constants;
}

export function readDefinitions(sources: Sources): Definitions {
  const { ledgerDef, ledgerHeader, protocolDef, protocolHeader, unitsDef } = sources;
  return {
    ledgerVersion: versionOf(ledgerHeader, "LEDGER_VERSION"),
    protocolVersion: versionOf(protocolHeader, "PROTOCOL_VERSION"),
    records: entriesOf(ledgerDef, "RECORD"),
    flags: [...ledgerDef.matchAll(/^FLAG\((\w+),\s*(\d+)\)/gm)].map((found) => ({ name: required(found[1], "a flag"), value: Number(found[2]) })),
    reasons: [...ledgerDef.matchAll(/^REASON\((\w+),\s*(\d+), "([^"]*)"\)/gm)].map((found) => ({
      name: required(found[1], "a reason"),
      value: Number(found[2]),
      text: required(found[3], "a reason"),
    })),
    messages: entriesOf(protocolDef, "MESSAGE"),
    constants: constantsOf(protocolHeader),
    comparators: [...unitsDef.matchAll(/COMPARATOR\("([^"]+)"\)/g)].map((found) => required(found[1], "a comparator")),
    thresholds: [...unitsDef.matchAll(/^THRESHOLD\((\w+), (\d+)\)/gm)].map((found) => ({ name: required(found[1], "a threshold"), value: Number(found[2]) })),
  };
}

/** MADE_DIR -> MadeDir */
export const pascal = (name: string): string => name.toLowerCase().replaceAll(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase());
/** MADE_DIR -> made-dir */
export const kebab = (name: string): string => name.toLowerCase().replaceAll("_", "-");
