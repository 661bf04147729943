/**
 * The `sub` claim as Dex makes it: the protobuf message {1: user id, 2: connector id} in base64url without
 * padding. It is unique over connectors, and clients that know Dex may take it apart again.
 */
export function encodeSubject(userID: string, connectorID: string): string {
  return Buffer.concat([stringField(1, userID), stringField(2, connectorID)]).toString('base64url')
}

/** Protobuf wire type 2 (length-delimited); proto3 leaves empty strings out. */
function stringField(number: number, text: string): Buffer {
  if (text === '') return Buffer.alloc(0)
  const bytes = Buffer.from(text, 'utf8')
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...varint(bytes.length)]), bytes])
}

function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80)
    rest >>>= 7
  }
  return [...bytes, rest]
}
